import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fenceKey, type GateConfig } from "../../../chains/gate-config";
import type { FenceDocument } from "../../../agents/gate/document";
import { requestSwitchover } from "../../../agents/gate/document";
import type { GateStatus } from "../../../agents/gate/status";
import { ConsulStore } from "../../../agents/gate/store-consul";
import { height, judge, validatorOrder, type Verdict } from "./chain-judge";
import { createNetwork, startNode, type CometNetwork, type CometNode } from "./comet-network";
import { ConsulCluster } from "./consul-cluster";
import { freePorts, getJson, NamedProcesses, until } from "./processes";
import { bundle } from "../programs";

export type Region = "a" | "b";

export interface HarnessOptions {
  readonly power?: number;
  readonly mutant?: boolean;
  readonly ledgerMode?: "follow" | "silent";
  readonly lockRule?: boolean;
}

const instance = "cosmos-local-fast";

/** One validator in two regions on loopback: four validators, five nodes, two gates, three Consul servers, all real. */
export class GateHarness {
  nodeRestarts = 0;
  private liveness: NodeJS.Timeout | undefined;

  private constructor(
    readonly directory: string,
    readonly processes: NamedProcesses,
    readonly consul: ConsulCluster,
    readonly network: CometNetwork,
    private readonly gates: Readonly<Record<Region, { readonly config: string; readonly port: number }>>,
    private readonly program: string,
    private readonly store: ConsulStore,
  ) {}

  static async start(options: HarnessOptions = {}): Promise<GateHarness> {
    const directory = mkdtempSync(join(tmpdir(), "chainstead-gate-"));
    const logs = join(directory, "logs");
    mkdirSync(logs);
    const processes = new NamedProcesses(logs);
    try {
      const consul = await ConsulCluster.start(processes, directory, 3);
      const network = await createNetwork(directory, { timeoutCommit: "1s", power: options.power });
      const entry = options.mutant === true ? "test/support/gate/mutant-gate.ts" : "agents/main.ts";
      const program = bundle(join(__dirname, "../../..", entry), join(directory, "gate.js"));
      const [portA, portB] = (await freePorts(2)) as [number, number];
      const gates = { a: writeConfig(directory, "a", portA, network, consul, options), b: writeConfig(directory, "b", portB, network, consul, options) };
      const store = new ConsulStore({ servers: consul.addresses, key: fenceKey(instance), timeoutMs: 2000 });
      const harness = new GateHarness(directory, processes, consul, network, gates, program, store);
      for (const node of network.outside) startNode(processes, node);
      await Promise.all([harness.startRegion("a"), harness.startRegion("b")]);
      return harness;
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
  }

  get rpc(): string {
    return (this.network.outside[0] as CometNode).rpc;
  }

  startGate(region: Region): void {
    this.processes.start(`gate-${region}`, process.execPath, [this.program, "gate", "--config", this.gates[region].config]);
  }

  /** Gate first, node once the gate is up, as a native sidecar with a startup probe does it. */
  async startRegion(region: Region): Promise<void> {
    this.startGate(region);
    await until(`gate ${region} is up`, 10, async () => (await this.status(region)).region === region);
    this.startNode(region);
  }

  /** Restarts nodes whose liveness probe, the gate's /nodez, fails twice in a row: what the kubelet does in a cluster. */
  watchLiveness(): void {
    const failures: Record<Region, number> = { a: 0, b: 0 };
    const look = async (region: Region): Promise<void> => {
      const answer = await fetch(this.url(region, "/nodez"), { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      failures[region] = answer?.status === 503 ? failures[region] + 1 : 0;
      if (failures[region] < 2) return;
      failures[region] = 0;
      this.nodeRestarts++;
      await this.processes.stop(this.network[region].name, "SIGTERM");
      this.startNode(region);
    };
    this.liveness = setInterval(() => {
      for (const region of ["a", "b"] as const) look(region).catch(() => undefined);
    }, 1000);
  }

  startNode(region: Region): void {
    startNode(this.processes, this.network[region]);
  }

  status(region: Region): Promise<GateStatus> {
    return getJson<GateStatus>(`http://127.0.0.1:${this.gates[region].port}/status`);
  }

  url(region: Region, path: string): string {
    return `http://127.0.0.1:${this.gates[region].port}${path}`;
  }

  async waitForRoles(active: Region, seconds = 40): Promise<void> {
    const other: Region = active === "a" ? "b" : "a";
    await until(`region ${active} active, region ${other} standby and fit`, seconds, async () => {
      const [one, two] = await Promise.all([this.status(active), this.status(other)]);
      if (one.role === "active" && two.role === "standby" && two.fit) return true;
      const unmet = two.preconditions.filter((p) => !p.ok).map((p) => p.detail);
      throw new Error(`${active}: ${one.role} (${one.quarantine ?? one.plan}), ${other}: ${two.role} (${unmet.join("; ")})`);
    });
  }

  height(): Promise<number> {
    return height(this.rpc);
  }

  async waitForBlocks(count: number, seconds = 60): Promise<void> {
    const from = await this.height();
    await until(`${count} more blocks`, seconds, async () => (await this.height()) >= from + count);
  }

  /** From `from` to the newest height whose commit is final. */
  async verdict(from: number): Promise<Verdict> {
    const to = (await this.height()) - 1;
    return judge(this.rpc, await validatorOrder(this.rpc), this.network.address, from, to);
  }

  async document(): Promise<FenceDocument | undefined> {
    return (await this.store.read()).doc;
  }

  /** What an operator's switchover writes. */
  async requestSwitchover(region: Region): Promise<void> {
    for (;;) {
      const { index, doc } = await this.store.read();
      if (!doc) throw new Error("there is no fence document");
      const next = requestSwitchover(doc, { region, by: "test", expires: new Date(Date.now() + 60_000).toISOString() });
      if ((await this.store.cas(index, next)).kind === "written") return;
    }
  }

  /** The private key as its file holds it; for tests that look for it where it must not be. */
  secret(): string {
    return (JSON.parse(readFileSync(this.network.keyFile, "utf8")) as { priv_key: { value: string } }).priv_key.value.slice(0, 40);
  }

  /** Everything both gates have logged. */
  logs(): string {
    return (["a", "b"] as const).map((region) => readFileSync(join(this.directory, "logs", `gate-${region}.log`), "utf8")).join("");
  }

  async stop(): Promise<void> {
    clearInterval(this.liveness);
    await this.processes.stopAll();
    this.store.close();
    if (process.env["KEEP_GATE_TEST"] === undefined) rmSync(this.directory, { recursive: true, force: true });
  }
}

function writeConfig(directory: string, region: Region, port: number, network: CometNetwork, consul: ConsulCluster, options: HarnessOptions): { config: string; port: number } {
  const node = network[region];
  const config: GateConfig = {
    chain: "cosmos",
    network: "local-fast",
    instance,
    chainId: network.chainId,
    region,
    peerRegion: region === "a" ? "b" : "a",
    preferredRegion: "a",
    ledgerMode: options.ledgerMode ?? "follow",
    socket: node.socket as string,
    keyFile: network.keyFile,
    consul: region === "a" ? consul.addresses : [...consul.addresses].reverse(),
    nodeRpc: node.rpc,
    references: network.outside.map((n) => n.rpc),
    blockTime: 1.2,
    followMs: 400,
    commitTimeoutMs: 1000,
    lease: { renewMs: 1000, leaseMs: 4000, waitMs: 5000, raftMultiplier: 1 },
    flipAfterSteps: 4,
    lockRule: options.lockRule ?? (options.power ?? 10) < 20,
    holdSeconds: 256,
    failoversPerHour: 20,
    port,
  };
  const path = join(directory, `gate-${region}.json`);
  writeFileSync(path, JSON.stringify(config));
  return { config: path, port };
}
