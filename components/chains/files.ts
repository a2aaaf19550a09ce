import { gatePort, podPaths, probePort, type GateConfig } from "../../chains/gate-config";
import type { Process } from "../../chains/definition";
import type { ProbeConfig } from "../../chains/probe-config";
import { grantName, keyPath, vaultMounts } from "./access";
import { isGated, type ChainInstance } from "./instance";

/** What the containers of a pod read at start: pure functions of the instance, the same text in every environment. */

/** Where the projected service-account token is mounted in the `keys` container. */
export const tokenFolder = "/var/run/secrets/vault";

/** The gate's configuration. @throws for a process without a gate. */
export function gateConfig(instance: ChainInstance, process: Process): GateConfig {
  const { gate, gatePolicy, placement } = instance;
  if (gate === undefined || gatePolicy === undefined) {
    throw new Error(`${instance.name}: process '${process.name}' has a ledger fence, but the definition gives no gateTiming or gatePolicy for network '${instance.network}'`);
  }
  return {
    chain: instance.definition.chain,
    network: instance.network,
    instance: instance.name,
    chainId: instance.facts.chainId,
    region: placement.region,
    peerRegion: placement.peerRegion,
    preferredRegion: placement.preferredRegion,
    socket: podPaths.socket,
    keyFile: podPaths.key,
    consul: placement.consul.addresses,
    nodeRpc: nodeApi(instance),
    references: instance.facts.references,
    blockTime: instance.facts.blockTime,
    ...gate,
    lease: placement.lease,
    ...gatePolicy,
    port: gatePort,
  };
}

export function probeConfig(instance: ChainInstance, process: Process): ProbeConfig {
  const { definition, facts } = instance;
  const data = process.volumes[0]?.mountPath ?? "/";
  return {
    chain: definition.chain,
    network: instance.network,
    instance: instance.name,
    region: instance.placement.region,
    family: definition.family,
    chainId: facts.chainId,
    node: nodeApi(instance),
    head: definition.head,
    gateStatus: isGated(process) ? `http://127.0.0.1:${gatePort}/status` : undefined,
    references: facts.references,
    blockTime: facts.blockTime,
    freshFiles: definition.freshFiles.map((glob) => `${data}/${glob}`),
    intervalMs: Math.min(5000, Math.max(500, facts.blockTime * 500)),
    port: probePort,
  };
}

/** Configuration of the Vault agent: the key goes into memory, and nowhere else. */
export function vaultAgentHcl(instance: ChainInstance): string {
  return `vault {
  address = ${JSON.stringify(instance.placement.vault.address)}
  retry {
    # Few, so that the pauses between them start small again: an imported key is there within seconds, not a minute.
    num_retries = 3
  }
}

auto_auth {
  method "kubernetes" {
    mount_path = "auth/${vaultMounts.kubernetes}"
    # A pod that starts before its key was imported asks again until it is there; the gate shows a decoy meanwhile.
    min_backoff = "1s"
    max_backoff = "5s"
    config = {
      role       = "${grantName(instance)}"
      token_path = "${tokenFolder}/token"
    }
  }
}

template_config {
  exit_on_retry_failure         = false
  static_secret_render_interval = "30s"
}

template {
  destination          = "${podPaths.key}"
  perms                = "0400"
  error_on_missing_key = true
  contents             = "{{ with secret \\"${vaultMounts.keys}/data/${keyPath(instance)}\\" }}{{ .Data.data.priv_validator_key }}{{ end }}"
}
`;
}

function nodeApi(instance: ChainInstance): string {
  return `http://127.0.0.1:${instance.definition.head.port}`;
}
