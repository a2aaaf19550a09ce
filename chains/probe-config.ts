import type { Family, HeadProbe, Milliseconds, Seconds } from "./definition";

/** Where the probe's configuration lies in the pod. */
export const probeConfigPath = "/etc/chainstead/probe.json";

/** What a probe is started with; a ConfigMap. No secret is in it. */
export interface ProbeConfig {
  readonly chain: string;
  readonly network: string;
  /** `<chain>-<network>`. */
  readonly instance: string;
  readonly region: string;
  readonly family: Family;
  readonly chainId: string;
  /** Own node's API without a path, e.g. http://127.0.0.1:26657. */
  readonly node: string;
  readonly head: HeadProbe;
  /** The gate's `/status`; absent for a process without a gate. It tells which validator is ours. */
  readonly gateStatus?: string;
  /** Independent nodes' RPC addresses. */
  readonly references: readonly string[];
  readonly blockTime: Seconds;
  /** Absolute globs; the newest mtime of each is exported. */
  readonly freshFiles: readonly string[];
  /** Time between two looks at the chain. @default half a block, between 500 and 5000 ms */
  readonly intervalMs: Milliseconds;
  readonly port: number;
}
