import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { charts } from "../charts";
import { images } from "../versions";
import { priorityClassNames } from "./priorities";
import { namespaceArgs, releaseArgs } from "./release";

export interface VaultArgs {
  /** AWS's name of the region, in which the key below stands. */
  readonly region: string;
  /** KMS key that unseals the servers. */
  readonly unsealKeyArn: pulumi.Input<string>;
  /** IAM role of the servers' service account `vault` in namespace `vault`. */
  readonly roleArn: pulumi.Input<string>;
  readonly storageClass: pulumi.Input<string>;
}

/**
 * The region's own Vault: five servers with Raft storage. It is not replicated to the peer. Initialising it is a step of its own after this
 * stack, because recovery keys go to people and into no state.
 */
export class Vault extends pulumi.ComponentResource {
  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:Vault", name, {}, opts);
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, namespaceArgs("vault", "baseline"), { parent: this });
    new kubernetes.helm.v3.Release(
      `${name}-release`,
      // Servers become ready only when they are initialised, which nobody can do before they exist.
      { ...releaseArgs(charts.vault, "vault", namespace.metadata.name, vaultValues(args)), atomic: false, skipAwait: true },
      { parent: this, protect: true },
    );
    this.registerOutputs({});
  }
}

export function vaultValues(args: VaultArgs): Record<string, unknown> {
  const [repository, tag] = splitReference(images.vault.reference);
  return {
    global: { tlsDisable: false },
    injector: { enabled: false },
    server: {
      image: { repository, tag },
      priorityClassName: priorityClassNames.platform,
      updateStrategyType: "OnDelete",
      serviceAccount: { name: "vault", annotations: { "eks.amazonaws.com/role-arn": args.roleArn } },
      // The certificate comes from whoever runs the cluster's certificate authority; it must name vault-active.vault.svc.
      volumes: [{ name: "tls", secret: { secretName: "vault-tls" } }],
      volumeMounts: [{ name: "tls", mountPath: "/vault/tls", readOnly: true }],
      dataStorage: { enabled: true, size: "20Gi", storageClass: args.storageClass },
      auditStorage: { enabled: true, size: "20Gi", storageClass: args.storageClass },
      networkPolicy: { enabled: true },
      standalone: { enabled: false },
      ha: { enabled: true, replicas: 5, raft: { enabled: true, setNodeId: true, config: pulumi.output(args.unsealKeyArn).apply((key) => serverConfig(args.region, key)) } },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": "vault", component: "server" } },
        },
      ],
    },
  };
}

/** @see https://developer.hashicorp.com/vault/docs/configuration */
export function serverConfig(region: string, unsealKeyArn: string): string {
  return `ui = false
disable_mlock = true
listener "tcp" {
  address         = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file   = "/vault/tls/tls.crt"
  tls_key_file    = "/vault/tls/tls.key"
}
storage "raft" {
  path = "/vault/data"
}
seal "awskms" {
  region     = "${region}"
  kms_key_id = "${unsealKeyArn}"
}
service_registration "kubernetes" {}
`;
}

/** `registry/name:tag@digest` as the chart wants it: repository, then everything after the colon. */
function splitReference(reference: string): readonly [string, string] {
  const colon = reference.indexOf(":", reference.lastIndexOf("/", reference.indexOf("@")));
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}
