import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { vaultMounts } from "../chains/access";

export interface ServiceAccount {
  /** A stable word for the resource's name: the chain's instance. */
  readonly word: string;
  readonly namespace: string;
  readonly name: string;
}

export interface VaultAccessArgs {
  /** The API server as Vault reaches it. */
  readonly kubernetesHost: pulumi.Input<string>;
  /** PEM. Needed where Vault runs outside of the cluster. */
  readonly certificateAuthority?: pulumi.Input<string>;
  /**
   * Whose token Vault shows the API server when it has a pod's token reviewed. `vault`: its own, which a Vault inside the cluster has.
   * `client`: the pod's, so the accounts below may ask for reviews and the API server accepts the audience `vault`.
   */
  readonly reviewer: "vault" | "client";
  /** Service accounts that log in. */
  readonly accounts: readonly ServiceAccount[];
  readonly kubernetesProvider: kubernetes.Provider;
  /** Refuse to delete the mount of the keys. */
  readonly protect: boolean;
}

/** Lets pods log in to the region's Vault by their service account, and gives the producers' keys a place. The keys themselves are imported by a command. */
export class VaultAccess extends pulumi.ComponentResource {
  /** The mount of the keys; whatever reads below it depends on it. */
  readonly keys: vault.Mount;
  readonly login: vault.AuthBackend;

  constructor(name: string, args: VaultAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:VaultAccess", name, {}, opts);
    const child = { parent: this };
    this.login = new vault.AuthBackend(`${name}-login`, { type: "kubernetes", path: vaultMounts.kubernetes, description: "Pods, by their service account" }, child);
    new vault.kubernetes.AuthBackendConfig(`${name}-login-config`, loginConfig(args, this.login), child);
    this.keys = new vault.Mount(`${name}-keys`, keysMount, { parent: this, protect: args.protect, retainOnDelete: true });
    if (args.reviewer === "client") {
      for (const account of args.accounts) {
        new kubernetes.rbac.v1.ClusterRoleBinding(`${name}-review-${account.word}`, mayAskForReview(account), { parent: this, provider: args.kubernetesProvider });
      }
    }
    this.registerOutputs({});
  }
}

/** Version 2 keeps what a mistaken import overwrote. */
const keysMount: vault.MountArgs = { path: vaultMounts.keys, type: "kv", options: { version: "2" }, description: "Validator keys: validators/<chain>-<network>" };

function loginConfig(args: VaultAccessArgs, login: vault.AuthBackend): vault.kubernetes.AuthBackendConfigArgs {
  return {
    backend: login.path.apply((path) => path ?? vaultMounts.kubernetes),
    kubernetesHost: args.kubernetesHost,
    ...(args.certificateAuthority === undefined ? {} : { kubernetesCaCert: args.certificateAuthority }),
    disableLocalCaJwt: args.reviewer === "client",
  };
}

function mayAskForReview(account: ServiceAccount): kubernetes.rbac.v1.ClusterRoleBindingArgs {
  return {
    metadata: { name: `${account.namespace}-token-review` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", namespace: account.namespace, name: account.name }],
  };
}
