import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { isGated, workloadName, type ChainInstance } from "./instance";

/** Mounts of every region's Vault; the step that initialises Vault makes them. */
export const vaultMounts = { keys: "chainstead-keys", kubernetes: "kubernetes" } as const;

/** Audience of the projected service-account token; a token for the API server does not open Vault. */
export const vaultAudience = "vault";

export interface AccessArgs {
  readonly instance: ChainInstance;
}

/**
 * What a chain may read in the region's Vault, and what the quorum knows about it. The signing key itself is never
 * part of a stack: `chainstead keys import` writes it to the path that is granted here.
 */
export class Access extends pulumi.ComponentResource {
  constructor(name: string, args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:chains:Access", name, {}, opts);
    const { instance } = args;
    const protect = instance.placement.protect ?? true;
    new consul.Keys(`${name}-facts`, factsArgs(instance), { parent: this });
    if (instance.processes.some(isGated)) {
      const policy = new vault.Policy(`${name}-policy`, policyArgs(instance), { parent: this, protect });
      new vault.kubernetes.AuthBackendRole(`${name}-role`, roleArgs(instance, policy.name), { parent: this, protect });
    }
    this.registerOutputs({});
  }
}

/** Vault's name for role and policy of a chain. */
export function grantName(instance: ChainInstance): string {
  return instance.namespace;
}

/** Path of the secret below the key mount. */
export function keyPath(instance: ChainInstance): string {
  return `validators/${instance.name}`;
}

export function policyArgs(instance: ChainInstance): vault.PolicyArgs {
  return { name: grantName(instance), policy: `path "${vaultMounts.keys}/data/${keyPath(instance)}" {\n  capabilities = ["read"]\n}\n` };
}

/** One exact service account of one exact namespace, never a wildcard. */
export function roleArgs(instance: ChainInstance, policy: pulumi.Input<string>): vault.kubernetes.AuthBackendRoleArgs {
  return {
    backend: vaultMounts.kubernetes,
    roleName: grantName(instance),
    boundServiceAccountNames: instance.processes.filter(isGated).map((process) => workloadName(instance, process)),
    boundServiceAccountNamespaces: [instance.namespace],
    audience: vaultAudience,
    tokenPolicies: [policy],
    // Seconds. A revoked grant stops working within this time even where an agent holds a token.
    tokenTtl: 600,
    tokenMaxTtl: 3600,
  };
}

export function factsArgs(instance: ChainInstance): consul.KeysArgs {
  const { region, peerRegion, preferredRegion, lease } = instance.placement;
  const facts = {
    chain: instance.definition.chain,
    network: instance.network,
    chainId: instance.facts.chainId,
    status: instance.facts.status,
    blockTime: instance.facts.blockTime,
    region,
    peerRegion,
    preferredRegion,
    gated: instance.processes.some(isGated),
    timing: { ...lease, ...instance.gate },
  };
  return { keys: [{ path: `validators/${instance.name}/regions/${region}`, value: JSON.stringify(facts), delete: true }] };
}
