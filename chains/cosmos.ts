import { podPaths } from "./gate-config";
import { cometbftAlerts } from "./cometbft/alerts";
import { cometbftHead, cometbftLogEvents, cometbftPorts, cometbftProtectedState, gateIdentity, ledgerFence, nodeProbes } from "./cometbft/family";
import { cometbftConfigToml } from "./cometbft/config";
import { worldGenesis, worldProfiles } from "./cometbft/world";
import { cosmosNetworks, type CosmosNetwork } from "./cosmos-networks";
import type { ChainDefinition, ConfigFile, GatePolicy, GateTiming, Milliseconds, Process, Resources } from "./definition";

export { cosmosNetworks, type CosmosNetwork };

/** What an operator may write in a stack about a Cosmos Hub validator. */
export interface CosmosSettings {
  /** Name that the node shows to its peers. @default "chainstead" */
  readonly moniker?: string;
  /** `<node id>@<host>:<port>` of own sentries. With them the validator talks to nobody else. @default none */
  readonly sentries?: readonly string[];
  /** Initial size of the data volume in GiB. @default 2000 (Gaia's figure for a full node); 1 in the local networks */
  readonly volumeGiB?: number;
  /** @default 4 CPUs and 32Gi (Gaia's figure for a validator); small in the local networks */
  readonly resources?: Resources;
  /** `silent`: no byte leaves the standby region, at the price of a few seconds at a loss. @default "follow" */
  readonly ledgerMode?: "follow" | "silent";
  /** Refuse prevotes for another block after a precommit. Switch it off above a third of the power. @default true */
  readonly lockRule?: boolean;
  /** How long the standby waits for the other region's record. @default 1200; 400 in `local-fast` */
  readonly followMs?: Milliseconds;
  /** Consecutive steps the standby writes before it takes the role. @default 4 */
  readonly flipAfterSteps?: number;
  /** Automatic failovers per hour before a human must acknowledge. @default 3 */
  readonly failoversPerHour?: number;
}

/** The data volume and home; `config/` below it is the read-only ConfigMap, everything written lies in `data/`. */
const home = "/var/lib/chain";

export const cosmos: ChainDefinition<CosmosSettings> = {
  chain: "cosmos",
  title: "Cosmos Hub",
  family: "cometbft",
  source: { repository: "https://github.com/cosmos/gaia", tagPattern: "^v\\d+\\.\\d+\\.\\d+$", channel: "stable" },
  // Gaia's own image runs as 1025 (Dockerfile of v28.0.0).
  image: { recipe: "gaiad", user: 1025 },
  networks: cosmosNetworks,
  checkSettings,
  processes: (settings, network) => [node(settings, asNetwork(network))],
  gateTiming: (settings, network) => timing(settings, asNetwork(network)),
  gatePolicy: policy,
  head: cometbftHead,
  identity: gateIdentity,
  standby: "hot",
  activation: ["Nothing is started or restarted: the standby's gate takes the lease and writes the next record.", "`chainstead switchover cosmos-<network> --execute` does it on purpose; without `--execute` it prints every precondition."],
  deactivation: ["The gate releases its lease on SIGTERM and by `switchover`.", "To take a region out for good, revoke its key: `chainstead keys revoke`."],
  penalty: {
    doubleSign: "5 % of the stake and tombstoned for ever (slash_fraction_double_sign of cosmoshub-4)",
    downtime: "0.01 % and jailed for 600 s after missing more than 95 % of 10000 blocks, about 16 hours",
  },
  freshFiles: ["data/blockstore.db/*", "data/state.db/*", "data/cs.wal/wal"],
  protectedState: cometbftProtectedState,
  alerts: (network) => cometbftAlerts("cosmos", network, cosmosNetworks[asNetwork(network)].blockTime),
  logEvents: cometbftLogEvents,
  runtimeRules: { processes: ["gaiad", "cometbft"], outboundPorts: [26656, 14956, 1618] },
};

function isLocal(network: CosmosNetwork): network is "local" | "local-fast" {
  return network === "local" || network === "local-fast";
}

function asNetwork(network: string): CosmosNetwork {
  if (!Object.hasOwn(cosmosNetworks, network)) {
    throw new Error(`chains/cosmos: unknown network '${network}'; use one of ${Object.keys(cosmosNetworks).join(", ")}`);
  }
  return network as CosmosNetwork;
}

function node(settings: CosmosSettings, network: CosmosNetwork): Process {
  const local = isLocal(network);
  return {
    name: "node",
    image: local ? "cometbft" : "gaiad",
    command: [local ? "cometbft" : "gaiad", "start", "--home", home],
    env: {},
    files: local ? [configToml(settings, network), { path: "genesis.json", format: "json", content: worldGenesis(network) }] : [configToml(settings, network), ...gaiaFiles(network)],
    configDirectory: `${home}/config`,
    ports: cometbftPorts,
    volumes: [{ name: "data", mountPath: home, sizeGiB: settings.volumeGiB ?? (local ? 1 : 2000), growthGiBPerMonth: local ? 1 : 40, storage: "fast" }],
    resources: settings.resources ?? (local ? { cpu: "100m", memory: "256Mi" } : { cpu: "4", memory: "32Gi" }),
    fence: ledgerFence,
    ...nodeProbes,
    // The node closes its databases on SIGTERM; the gate, which stops after it, releases the lease.
    terminationGraceSeconds: local ? 20 : 120,
  };
}

function configToml(settings: CosmosSettings, network: CosmosNetwork): ConfigFile {
  const sentries = settings.sentries ?? [];
  const local = isLocal(network);
  const content = cometbftConfigToml({
    moniker: settings.moniker ?? "chainstead",
    proxyApp: local ? "persistent_kvstore" : undefined,
    persistentPeers: sentries.length > 0 ? sentries : local ? cosmosNetworks[network].peers : [],
    seeds: local || sentries.length > 0 ? [] : cosmosNetworks[network].peers,
    peerExchange: sentries.length === 0,
    strictAddressBook: !local && sentries.length === 0,
    signerSocket: podPaths.socket,
    commitTimeoutMs: local ? worldProfiles[network].commitTimeoutMs : undefined,
    genesisFile: local ? undefined : "data/genesis.json",
    readOnlyConfig: true,
  });
  return { path: "config.toml", format: "toml", content };
}

/** gaiad would write these itself at first start, which the read-only mount does not allow. */
function gaiaFiles(network: CosmosNetwork): ConfigFile[] {
  const app = ['minimum-gas-prices = "0.0025uatom"', 'pruning = "default"', "", "[api]", "enable = false", "", "[grpc]", "enable = false", "", "[state-sync]", "snapshot-interval = 0", ""];
  const client = [`chain-id = "${cosmosNetworks[network].chainId}"`, 'keyring-backend = "test"', 'output = "json"', 'node = "tcp://127.0.0.1:26657"', 'broadcast-mode = "sync"', ""];
  return [
    { path: "app.toml", format: "toml", content: app.join("\n") },
    { path: "client.toml", format: "toml", content: client.join("\n") },
  ];
}

function timing(settings: CosmosSettings, network: CosmosNetwork): GateTiming {
  const profile = isLocal(network) ? worldProfiles[network] : { followMs: 1200, commitTimeoutMs: 5000 };
  return { followMs: settings.followMs ?? profile.followMs, commitTimeoutMs: profile.commitTimeoutMs };
}

function policy(settings: CosmosSettings): GatePolicy {
  return {
    ledgerMode: settings.ledgerMode ?? "follow",
    flipAfterSteps: settings.flipAfterSteps ?? 4,
    lockRule: settings.lockRule ?? true,
    holdSeconds: 256,
    failoversPerHour: settings.failoversPerHour ?? 3,
  };
}

function checkSettings(settings: CosmosSettings, network: string): string[] {
  const problems: string[] = [];
  if (!Object.hasOwn(cosmosNetworks, network)) {
    return [`network '${network}' is unknown; use one of ${Object.keys(cosmosNetworks).join(", ")}`];
  }
  for (const sentry of settings.sentries ?? []) {
    if (!/^[0-9a-f]{40}@[^\s:@]+:\d+$/.test(sentry)) {
      problems.push(`settings.sentries has '${sentry}'; write <40 hexadecimal digits of the node id>@<host>:<port>`);
    }
  }
  for (const field of ["volumeGiB", "followMs", "flipAfterSteps", "failoversPerHour"] as const) {
    const value = settings[field];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      problems.push(`settings.${field} is ${value}; write a whole number above 0`);
    }
  }
  if (settings.moniker !== undefined && !/^[\x20-\x7e]{1,70}$/.test(settings.moniker)) {
    problems.push(`settings.moniker is ${JSON.stringify(settings.moniker)}; write 1 to 70 printable ASCII characters`);
  }
  const { followMs, commitTimeoutMs } = timing(settings, asNetwork(network));
  if (2 * followMs >= commitTimeoutMs) {
    problems.push(`settings.followMs is ${followMs}; twice of it must stay below the network's timeout_commit of ${commitTimeoutMs} ms, or precommits of the standby come too late`);
  }
  return problems;
}
