/**
 * What a chain is: one typed definition, pure data and pure functions. Everything else (workloads, gate, probes,
 * alerts, pages) is derived from it, so nothing can be forgotten.
 */

export type ChainName = "cosmos" | "dummy";

/** Chains of a family share their process layout, their signer protocol and their head probe. */
export type Family = "cometbft" | "dummy";

export type Seconds = number;
export type Milliseconds = number;

/** `ended` and `unverified` networks are off by default and refuse production without an acknowledgement. */
export type Status = "live" | "ended" | "unverified";

export type Exposure = "public" | "cluster" | "pod";

export interface Port {
  readonly name: string;
  readonly number: number;
  readonly protocol: "TCP" | "UDP";
  /** Who may connect: the Internet's peers, the cluster's monitoring and tools, or only containers of the pod. */
  readonly exposure: Exposure;
  readonly purpose: string;
}

export interface Volume {
  readonly name: string;
  readonly mountPath: string;
  /** Initial size in GiB. */
  readonly sizeGiB: number;
  /** Growth in GiB per month, as the operators of the network report it. */
  readonly growthGiBPerMonth: number;
  readonly storage: "fast" | "standard";
}

export interface Resources {
  /** Kubernetes quantities. */
  readonly cpu: string;
  readonly memory: string;
}

/** How a process is kept from running twice, and why that is safe. */
export type Fence =
  | { readonly kind: "ledger"; readonly protocol: "cometbft-privval"; readonly why: string }
  | { readonly kind: "process"; readonly why: string }
  | { readonly kind: "on-chain"; readonly why: string }
  | { readonly kind: "none"; readonly why: string };

/** A file rendered into the process's configuration directory. */
export interface ConfigFile {
  readonly path: string;
  readonly format: "toml" | "json" | "yaml" | "text";
  readonly content: string;
}

export interface ProbeSpec {
  readonly kind: "http" | "tcp" | "exec";
  readonly path?: string;
  readonly port?: number;
  readonly command?: readonly string[];
  readonly periodSeconds: Seconds;
  readonly failureThreshold: number;
}

export interface Process {
  /** A stable word: node, signer, wallet, feeder. It names the StatefulSet, the Service and the labels. */
  readonly name: string;
  /** Key into `components/versions.ts`, where the image stands by digest. */
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly ConfigFile[];
  /** Where `files` are mounted, read-only. It may lie below a volume's mount path. @default /etc/<process name> */
  readonly configDirectory?: string;
  readonly ports: readonly Port[];
  readonly volumes: readonly Volume[];
  readonly resources: Resources;
  readonly fence: Fence;
  readonly startup: ProbeSpec;
  readonly readiness: ProbeSpec;
  readonly liveness?: ProbeSpec;
  readonly terminationGraceSeconds: Seconds;
}

/** Where the head is read: JSON over HTTP with dotted paths, or a chain's own protocol. */
export interface HeadProbe {
  readonly kind: "cometbft-rpc" | "json-http";
  readonly port: number;
  readonly path: string;
  readonly height: string;
  readonly headTime: string;
  readonly syncing: string;
}

/** Which signing key a running process holds ("whoAmI"). */
export interface IdentityProbe {
  readonly kind: "gate-status" | "json-http";
  readonly port: number;
  readonly path: string;
  readonly key: string;
}

export interface Network {
  readonly chainId: string;
  readonly status: Status;
  readonly statusNote: string;
  /** Every threshold is derived from it. */
  readonly blockTime: Seconds;
  readonly peers: readonly string[];
  /** RPC addresses of nodes that are not ours; used to judge our own head. */
  readonly references: readonly string[];
  readonly snapshots: readonly string[];
}

/** What the gate must know of a network to judge latency: see docs/architecture.md, "The fence". */
export interface GateTiming {
  /** How long the standby waits for the active gate's record before it writes itself. */
  readonly followMs: Milliseconds;
  /** `timeout_commit` of the network: 2 x (follow + compare-and-set) must stay below it. */
  readonly commitTimeoutMs: Milliseconds;
}

/** What an operator may decide about a chain's gate. Defaults and meanings: `GateConfig`. */
export interface GatePolicy {
  readonly ledgerMode: "follow" | "silent";
  readonly flipAfterSteps: number;
  readonly lockRule: boolean;
  readonly holdSeconds: Seconds;
  readonly failoversPerHour: number;
}

export interface AlertRule {
  readonly alert: "OutOfConsensus" | "NoProducer" | "ConflictingContent" | "ProbeBlind";
  /** A word that tells rules of the same alert apart; it becomes a label. */
  readonly cause: string;
  /** A PromQL expression over the probe's and the gate's metrics of this chain and network. */
  readonly expr: string;
  readonly for: string;
  readonly severity: "page" | "ticket";
  readonly summary: string;
  readonly action: string;
}

export interface ChainDefinition<Settings = unknown> {
  readonly chain: ChainName;
  readonly title: string;
  readonly family: Family;
  readonly source: { readonly repository: string; readonly tagPattern: string; readonly channel: "stable" | "prerelease" };
  readonly image: { readonly recipe: string; readonly user: number };
  readonly networks: Readonly<Record<string, Network>>;
  /** Checks the settings written in a stack; returns every problem as a sentence with the remedy. */
  checkSettings(settings: Settings, network: string): readonly string[];
  processes(settings: Settings, network: string): readonly Process[];
  gateTiming(settings: Settings, network: string): GateTiming | undefined;
  /** Undefined for a chain without a gate. */
  gatePolicy(settings: Settings, network: string): GatePolicy | undefined;
  readonly head: HeadProbe;
  readonly identity: IdentityProbe;
  readonly standby: "hot" | "warm" | "cold";
  readonly activation: readonly string[];
  readonly deactivation: readonly string[];
  readonly penalty: { readonly doubleSign: string; readonly downtime: string };
  /** Globs below the data volume; their newest mtime is exported and never decides by itself. */
  readonly freshFiles: readonly string[];
  /** Never restored from a backup, never in one. */
  readonly protectedState: readonly string[];
  alerts(network: string): readonly AlertRule[];
  readonly logEvents: readonly { readonly name: string; readonly pattern: string; readonly meaning: string }[];
  readonly runtimeRules: { readonly processes: readonly string[]; readonly outboundPorts: readonly number[] };
}

/** The name of one chain on one network: Kubernetes objects, Vault paths and the fence key are built from it. */
export function instanceName(chain: ChainName, network: string): string {
  return `${chain}-${network}`;
}
