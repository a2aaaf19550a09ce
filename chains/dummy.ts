import type { AlertRule, ChainDefinition, Network, Process } from "./definition";

/**
 * A small made-up chain: the template for new ones, the fixture of tests and a drill target that can do no harm. Its
 * process counts, serves the count as JSON and signs nothing.
 */
export type DummyNetwork = "local" | "mainnet";

export interface DummySettings {
  /** Initial size of the data volume in GiB. @default 1 */
  readonly volumeGiB?: number;
}

const networks: Readonly<Record<DummyNetwork, Network>> = {
  local: { chainId: "dummy-local-1", status: "live", statusNote: "made up; nothing is produced", blockTime: 10, peers: [], references: [], snapshots: [] },
  mainnet: { chainId: "dummy-1", status: "unverified", statusNote: "made up: there is no such network, so it is never to be deployed", blockTime: 10, peers: [], references: [], snapshots: [] },
};

const home = "/var/lib/chain";

export const dummy: ChainDefinition<DummySettings> = {
  chain: "dummy",
  title: "Dummy",
  family: "dummy",
  source: { repository: "https://github.com/chainstead/dummy", tagPattern: "^v\\d+\\.\\d+\\.\\d+$", channel: "stable" },
  image: { recipe: "dummy", user: 1000 },
  networks,
  checkSettings(settings, network) {
    const problems: string[] = [];
    if (!Object.hasOwn(networks, network)) {
      problems.push(`network '${network}' is unknown; use one of ${Object.keys(networks).join(", ")}`);
    }
    if (settings.volumeGiB !== undefined && !(Number.isSafeInteger(settings.volumeGiB) && settings.volumeGiB > 0)) {
      problems.push(`settings.volumeGiB is ${settings.volumeGiB}; write a whole number above 0`);
    }
    return problems;
  },
  processes: (settings) => [node(settings)],
  gateTiming: () => undefined,
  gatePolicy: () => undefined,
  head: { kind: "json-http", port: 8080, path: "/head", height: "height", headTime: "time", syncing: "syncing" },
  identity: { kind: "json-http", port: 8080, path: "/head", key: "identity" },
  standby: "hot",
  activation: ["Nothing to do: both regions count."],
  deactivation: ["Nothing to do."],
  penalty: { doubleSign: "none: nothing is signed", downtime: "none" },
  freshFiles: ["data/count"],
  protectedState: [],
  alerts,
  logEvents: [{ name: "counter_stuck", pattern: "count does not advance", meaning: "the process runs but its counter stands" }],
  runtimeRules: { processes: ["dummy"], outboundPorts: [] },
};

function node(settings: DummySettings): Process {
  return {
    name: "node",
    image: "dummy",
    command: ["dummy", "--config", "/etc/node/dummy.json", "--home", home],
    env: {},
    files: [{ path: "dummy.json", format: "json", content: `${JSON.stringify({ listen: "0.0.0.0:8080", intervalSeconds: 10 })}\n` }],
    ports: [{ name: "http", number: 8080, protocol: "TCP", exposure: "cluster", purpose: "the count and its time" }],
    volumes: [{ name: "data", mountPath: home, sizeGiB: settings.volumeGiB ?? 1, growthGiBPerMonth: 0, storage: "standard" }],
    resources: { cpu: "10m", memory: "32Mi" },
    fence: { kind: "none", why: "It signs nothing, so two of them harm nobody." },
    startup: { kind: "tcp", port: 8080, periodSeconds: 2, failureThreshold: 30 },
    readiness: { kind: "http", path: "/head", port: 8080, periodSeconds: 5, failureThreshold: 3 },
    terminationGraceSeconds: 5,
  };
}

/** No producer and no content, so only the two alerts about seeing it. It must have been seen once: it may be simulated. */
function alerts(network: string): AlertRule[] {
  const one = `chain="dummy",network="${network}"`;
  const by = "chain, network, instance, region";
  return [
    {
      alert: "OutOfConsensus",
      cause: "stuck",
      expr: `max by (${by}) (time() - chainstead_head_time_seconds{${one}}) > 60`,
      for: "0s",
      severity: "ticket",
      summary: `dummy-${network}: the count stands`,
      action: "Look at the pod's log.",
    },
    {
      alert: "ProbeBlind",
      cause: "silent",
      expr: `max by (${by}) (chainstead_probe_up{${one}}) == 0 and max by (${by}) (max_over_time(chainstead_probe_up{${one}}[1h])) == 1`,
      for: "20s",
      severity: "ticket",
      summary: `dummy-${network}: the process answered before and does not now`,
      action: "Look at the pod.",
    },
  ];
}
