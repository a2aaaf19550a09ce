import type { Milliseconds, Seconds } from "./definition";

/** Key of the one document that is lease, epoch and signature ledger of a chain. */
export function fenceKey(instance: string): string {
  return `validators/${instance}/fence`;
}

/** Ports that every gated pod has in common. */
export const gatePort = 9470;
export const probePort = 9471;

/** Paths inside a gated pod; the volumes behind them are memory-backed and shared by the containers. */
export const podPaths = {
  /** The unix socket on which the node listens and the gate dials. */
  socket: "/run/gate/privval.sock",
  /** Rendered by the Vault agent into memory; read by the gate alone. */
  key: "/run/keys/priv_validator_key.json",
  /** The configuration below, from a ConfigMap. */
  gateConfig: "/etc/chainstead/gate.json",
} as const;

/** How long leases last. Inequalities: failover timing, checked by `stacks/check.ts`. */
export interface LeaseTiming {
  /** The holder renews every R. */
  readonly renewMs: Milliseconds;
  /** The holder may act until L after its last successful renewal was sent. */
  readonly leaseMs: Milliseconds;
  /** A challenger waits W after the last change of `leaseSeq` that it observed itself. */
  readonly waitMs: Milliseconds;
  /** Consul's `raft_multiplier`. */
  readonly raftMultiplier: number;
}

/** What a gate is started with; a ConfigMap in the clouds, the same file in the local environment. No secret is in it. */
export interface GateConfig {
  readonly chain: string;
  readonly network: string;
  /** `<chain>-<network>`. */
  readonly instance: string;
  readonly chainId: string;
  readonly region: string;
  readonly peerRegion: string;
  /** The region that takes a document nobody has held yet. The other one waits W longer. */
  readonly preferredRegion: string;
  /** `follow`: hot standby that replays the ledger. `silent`: the standby refuses while closed. */
  readonly ledgerMode: "follow" | "silent";
  readonly socket: string;
  readonly keyFile: string;
  /** Consul HTTP addresses, own region first. */
  readonly consul: readonly string[];
  /** Own node's RPC, e.g. http://127.0.0.1:26657. */
  readonly nodeRpc: string;
  /** Independent nodes' RPC addresses. */
  readonly references: readonly string[];
  readonly blockTime: Seconds;
  readonly followMs: Milliseconds;
  readonly commitTimeoutMs: Milliseconds;
  readonly lease: LeaseTiming;
  /** The standby takes the role when it had to write this many consecutive steps itself. @default 4 */
  readonly flipAfterSteps: number;
  /** Refuse prevotes for another block after a recorded precommit at the same height. Off above a third of the power. @default true */
  readonly lockRule: boolean;
  /** How long a request is held while the quorum cannot be reached. @default 256 */
  readonly holdSeconds: Seconds;
  /** Automatic failovers allowed per hour before a human must acknowledge. @default 3 */
  readonly failoversPerHour: number;
  readonly port: number;
}
