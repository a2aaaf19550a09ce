import type { ConfigFile, Milliseconds } from "../definition";
import { cometbftConfigToml, type CometbftConfigOptions } from "./config";
import { keyPairOf, nodeId, nodeKeyFile, publicKeyJson, validatorKeyFile, type KeyPair } from "./keys";

/**
 * The outside world of the local environment: a CometBFT network of three validators that are not ours. Its keys come
 * from fixed words, so genesis and node ids are pure functions and our node's configuration can be rendered without a
 * running network. Never use these keys anywhere else: they are as public as this file.
 */
export type WorldNetwork = "local" | "local-fast";

interface WorldProfile {
  readonly chainId: string;
  /** `timeout_commit` of every validator. */
  readonly commitTimeoutMs: Milliseconds;
  /** How long our standby waits for the other region's record. Measured to hold at this block time. */
  readonly followMs: Milliseconds;
}

export const worldProfiles: Readonly<Record<WorldNetwork, WorldProfile>> = {
  local: { chainId: "chainstead-local-1", commitTimeoutMs: 5000, followMs: 1200 },
  "local-fast": { chainId: "chainstead-local-fast-1", commitTimeoutMs: 1000, followMs: 400 },
};

/** Power of each outside validator. With 10 ours has a quarter; with 40 it is above a third. */
export const worldPower = 10;

/** Where the outside validators are: 198.18.0.0/15 is reserved for test networks (RFC 2544). */
export const worldHosts: readonly string[] = ["198.18.0.41", "198.18.0.42", "198.18.0.43"];

/** Index of an outside validator, from 0. */
export type WorldIndex = number;

export const worldPorts = { p2p: 26656, rpc: 26657, metrics: 26660 } as const;

export function worldNodeId(index: WorldIndex): string {
  return nodeId(nodeKey(index));
}

/** `<node id>@<host>:<port>` of every outside validator; hosts and ports may be others, as on loopback in tests. */
export function worldPeers(addresses: readonly string[] = worldHosts.map((host) => `${host}:${worldPorts.p2p}`)): string[] {
  return addresses.map((address, i) => `${worldNodeId(i)}@${address}`);
}

export function worldReferences(): string[] {
  return worldHosts.map((host) => `http://${host}:${worldPorts.rpc}`);
}

/** The text of `genesis.json`: byte for byte the same each time, because a node refuses to start with another one. */
export function worldGenesis(network: WorldNetwork): string {
  const genesis = {
    genesis_time: "2026-01-01T00:00:00Z",
    chain_id: worldProfiles[network].chainId,
    initial_height: "1",
    consensus_params: {
      block: { max_bytes: "4194304", max_gas: "10000000" },
      evidence: { max_age_num_blocks: "100000", max_age_duration: "172800000000000", max_bytes: "1048576" },
      validator: { pub_key_types: ["ed25519"] },
      version: { app: "0" },
      synchrony: { precision: "505000000", message_delay: "15000000000" },
      feature: { vote_extensions_enable_height: "0", pbts_enable_height: "0" },
    },
    validators: worldHosts.map((_host, i) => ({ address: validatorKey(i).address, pub_key: publicKeyJson(validatorKey(i)), power: String(worldPower), name: `world-${i + 1}` })),
    app_hash: "",
  };
  return `${JSON.stringify(genesis, null, 2)}\n`;
}

/** The key files of an outside validator, relative to its home. */
export function worldValidatorKeyFiles(index: WorldIndex): ConfigFile[] {
  return [
    { path: "config/priv_validator_key.json", format: "json", content: validatorKeyFile(validatorKey(index)) },
    { path: "config/node_key.json", format: "json", content: nodeKeyFile(nodeKey(index)) },
  ];
}

/** Written only when it is missing: it is the validator's memory of what it has signed. */
export const worldInitialState: ConfigFile = { path: "data/priv_validator_state.json", format: "json", content: '{"height":"0","round":0,"step":0}\n' };

/** Everything an outside validator needs in its home besides `worldInitialState`. */
export function worldValidatorFiles(network: WorldNetwork, index: WorldIndex, options: Partial<CometbftConfigOptions> = {}): ConfigFile[] {
  const host = worldHosts[index];
  if (host === undefined) {
    throw new Error(`chains/cometbft/world: there is no outside validator ${index}; use 0 to ${worldHosts.length - 1}`);
  }
  const config = cometbftConfigToml({
    moniker: `world-${index + 1}`,
    proxyApp: "persistent_kvstore",
    p2pAddress: `${host}:${worldPorts.p2p}`,
    rpcAddress: `${host}:${worldPorts.rpc}`,
    metricsAddress: `${host}:${worldPorts.metrics}`,
    externalAddress: `${host}:${worldPorts.p2p}`,
    persistentPeers: worldPeers().filter((_peer, i) => i !== index),
    strictAddressBook: false,
    commitTimeoutMs: worldProfiles[network].commitTimeoutMs,
    ...options,
  });
  return [
    { path: "config/config.toml", format: "toml", content: config },
    { path: "config/genesis.json", format: "json", content: worldGenesis(network) },
    ...worldValidatorKeyFiles(index),
  ];
}

/** Arguments of the `cometbft` program. */
export function worldCommand(home: string): string[] {
  return ["start", "--home", home];
}

/**
 * The kvstore transaction that gives a validator its power; 0 removes it. It takes effect two heights later.
 * Form of cometbft v1.0.1 (abci/example/kvstore/kvstore.go, `ValidatorPrefix`); older releases had `val:`.
 */
export function validatorTransaction(publicKeyBase64: string, power: number): string {
  if (Buffer.from(publicKeyBase64, "base64").length !== 32) {
    throw new Error(`validatorTransaction: '${publicKeyBase64}' is not a base64 Ed25519 public key of 32 bytes; take pub_key.value of priv_validator_key.json`);
  }
  if (!Number.isSafeInteger(power) || power < 0) {
    throw new Error(`validatorTransaction: power ${power} must be a whole number from 0`);
  }
  return `val=ed25519!${publicKeyBase64}!${power}`;
}

function validatorKey(index: WorldIndex): KeyPair {
  return keyPairOf(`chainstead lab only: world validator ${index + 1}`);
}

function nodeKey(index: WorldIndex): KeyPair {
  return keyPairOf(`chainstead lab only: world node ${index + 1}`);
}
