import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface IdentitiesArgs {
  /** The cluster's OpenID Connect issuer, with `https://`. */
  readonly issuer: pulumi.Input<string>;
  /** KMS key with which the region's Vault unseals itself. */
  readonly unsealKeyArn: pulumi.Input<string>;
}

/**
 * Roles that pods take by their service account. Vault goes through OpenID Connect and not through Pod Identity: its AWS SDK does not know
 * the latter's credentials endpoint (https://github.com/hashicorp/vault/issues/31860).
 */
export class Identities extends pulumi.ComponentResource {
  readonly vaultRoleArn: pulumi.Output<string>;

  constructor(name: string, args: IdentitiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Identities", name, {}, opts);
    const child = { parent: this };
    const issuer = new aws.iam.OpenIdConnectProvider(`${name}-issuer`, { url: args.issuer, clientIdLists: ["sts.amazonaws.com"] }, child);
    const trust = pulumi.all([issuer.arn, args.issuer]).apply(([arn, url]) => assumedByAccount(arn, url, "vault", "vault"));
    const role = new aws.iam.Role(`${name}-vault`, { assumeRolePolicy: trust }, child);
    new aws.iam.RolePolicy(`${name}-vault-unseal`, { role: role.name, policy: pulumi.output(args.unsealKeyArn).apply(mayUnseal) }, child);
    this.vaultRoleArn = role.arn;
    this.registerOutputs({ vaultRoleArn: this.vaultRoleArn });
  }
}

/** Exactly one service account of exactly one namespace. */
export function assumedByAccount(providerArn: string, issuer: string, namespace: string, account: string): string {
  const host = issuer.replace(/^https:\/\//, "");
  const condition = { StringEquals: { [`${host}:aud`]: "sts.amazonaws.com", [`${host}:sub`]: `system:serviceaccount:${namespace}:${account}` } };
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Federated: providerArn }, Action: "sts:AssumeRoleWithWebIdentity", Condition: condition }] });
}

function mayUnseal(keyArn: string): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], Resource: keyArn }] });
}
