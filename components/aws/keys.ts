import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface KeysArgs {
  /** Twelve digits. */
  readonly account: string;
  /** AWS's name of the region: CloudWatch's principal is a regional one. */
  readonly region: string;
}

/** The region's encryption keys: one for the cluster's secrets, one for logs, so that reading logs never needs the right to read secrets. */
export class Keys extends pulumi.ComponentResource {
  readonly secretsKeyArn: pulumi.Output<string>;
  readonly logsKeyArn: pulumi.Output<string>;

  constructor(name: string, args: KeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Keys", name, {}, opts);
    // Whoever loses the key loses what it encrypts, in etcd's backups too.
    const kept = { parent: this, protect: true, retainOnDelete: true };
    const secrets = new aws.kms.Key(`${name}-secrets`, keyArgs(`${name}: Kubernetes secrets`, [accountMayAdminister(args.account)]), kept);
    const logs = new aws.kms.Key(`${name}-logs`, keyArgs(`${name}: logs`, [accountMayAdminister(args.account), logsMayUse(args)]), kept);
    this.secretsKeyArn = secrets.arn;
    this.logsKeyArn = logs.arn;
    this.registerOutputs({ secretsKeyArn: this.secretsKeyArn, logsKeyArn: this.logsKeyArn });
  }
}

function keyArgs(description: string, statements: readonly object[]): aws.kms.KeyArgs {
  return { description, enableKeyRotation: true, deletionWindowInDays: 30, policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }) };
}

/** Without this statement a key can become unmanageable: IAM policies of the account would not apply to it. */
export function accountMayAdminister(account: string): object {
  return { Sid: "Account", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" };
}

function logsMayUse({ account, region }: KeysArgs): object {
  return {
    Sid: "Logs",
    Effect: "Allow",
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
    Resource: "*",
    Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:*` } },
  };
}
