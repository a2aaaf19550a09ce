/**
 * Where everything of the local environment is. Each site is a network namespace, so the addresses are the same for
 * every lab on the machine and never meet the machine's own. 198.18.0.0/15 is reserved for test networks (RFC 2544).
 */
export type SiteName = "a" | "b" | "witness" | "world" | "ops";
export type RegionName = "a" | "b";

export const regions: readonly RegionName[] = ["a", "b"];
export const zones = ["a1", "a2", "a3", "b1", "b2", "b3"] as const;

export interface Site {
  readonly name: SiteName;
  /** Address of the site on the backbone, 198.18.0.0/24; the site routes for its pods. */
  readonly address: string;
  /** More addresses on the same interface, one per server that must look like a machine of its own. */
  readonly extra: readonly string[];
  /** Pod network, one /24 per zone. */
  readonly pods?: string;
}

export const backbone = "198.18.0.0/24";

export const sites: Readonly<Record<SiteName, Site>> = {
  a: { name: "a", address: "198.18.0.1", extra: ["198.18.0.11", "198.18.0.12"], pods: "198.18.16.0/20" },
  b: { name: "b", address: "198.18.0.2", extra: ["198.18.0.21", "198.18.0.22"], pods: "198.18.32.0/20" },
  witness: { name: "witness", address: "198.18.0.3", extra: ["198.18.0.31"] },
  world: { name: "world", address: "198.18.0.4", extra: ["198.18.0.41", "198.18.0.42", "198.18.0.43", "198.18.0.50"] },
  /** Where an operator's commands run. */
  ops: { name: "ops", address: "198.18.0.254", extra: [] },
};

export const zonesOf: Readonly<Record<RegionName, readonly { readonly zone: string; readonly node: string; readonly podCidr: string }[]>> = {
  a: [1, 2, 3].map((n) => ({ zone: `a${n}`, node: `node-a${n}`, podCidr: `198.18.${15 + n}.0/24` })),
  b: [1, 2, 3].map((n) => ({ zone: `b${n}`, node: `node-b${n}`, podCidr: `198.18.${31 + n}.0/24` })),
};

/** ClusterIPs are handed out by the API server and never routed: the node agent writes Services into hosts files. */
export const serviceCidr: Readonly<Record<RegionName, string>> = { a: "198.19.0.0/20", b: "198.19.16.0/20" };

export const consulServers: readonly { readonly name: string; readonly site: SiteName; readonly address: string }[] = [
  { name: "consul-a1", site: "a", address: "198.18.0.11" },
  { name: "consul-a2", site: "a", address: "198.18.0.12" },
  { name: "consul-b1", site: "b", address: "198.18.0.21" },
  { name: "consul-b2", site: "b", address: "198.18.0.22" },
  { name: "consul-w1", site: "witness", address: "198.18.0.31" },
];

/** The outside validators of the world's CometBFT network. */
export const worldValidators = ["198.18.0.41", "198.18.0.42", "198.18.0.43"].map((address, i) => ({ name: `world-${i + 1}`, address, p2p: 26656, rpc: 26657 }));

export const ports = { kubeApi: 6443, etcd: 2379, consulHttp: 8500, vault: 8200, prometheus: 9090, alertmanager: 9093, slackSink: 9301, smtpSink: 9302 } as const;

/** Slack and the mail server are outside of both regions. */
export const sinkAddress = "198.18.0.50";

export function kubeApi(region: RegionName): string {
  return `https://${sites[region].address}:${ports.kubeApi}`;
}

export function vaultAddress(region: RegionName): string {
  return `http://${sites[region].address}:${ports.vault}`;
}

/** Consul's HTTP addresses as a gate of this region should try them: own region, then the peer, then the witness. */
export function consulAddresses(region: RegionName): string[] {
  const rank = (site: SiteName): number => (site === region ? 0 : site === "witness" ? 2 : 1);
  return [...consulServers].sort((x, y) => rank(x.site) - rank(y.site)).map((s) => `http://${s.address}:${ports.consulHttp}`);
}
