import type { Failover } from "../../agents/gate/document";
import type { GateStatus } from "../../agents/gate/status";
import type { RegionName } from "../layout";
import { regions } from "../layout";
import { askGate } from "./gates";
import { chainPods, type ChainPod } from "./pods";
import { quorum, type Quorum } from "./quorum";

/** One chain's process in one region. */
export interface RegionView {
  readonly region: RegionName;
  /** Undefined when the region's API server does not answer or knows no such pod. */
  readonly pod?: ChainPod;
  readonly gate?: GateStatus;
  /** Why there is no gate status; absent where there is one, or where the process has no gate. */
  readonly silent?: string;
}

export interface ChainView {
  readonly instance: string;
  readonly process: string;
  readonly gated: boolean;
  readonly regions: readonly RegionView[];
  /** The region whose gate holds the role and says so itself; undefined when none does or more than one says so. */
  readonly active?: RegionName;
  readonly epoch?: number;
  readonly lastFailover?: Failover;
  /** Everything that is wrong, as sentences. */
  readonly problems: readonly string[];
}

export interface FleetView {
  readonly chains: readonly ChainView[];
  readonly quorum: Quorum;
  readonly problems: readonly string[];
  /** Pods that are reported as running without a program behind them. */
  readonly simulated: readonly string[];
}

/** Reads the whole fleet at once; a part that does not answer is a problem in the view, never an exception. */
export async function readFleet(state: string): Promise<FleetView> {
  const [inRegion, consul] = await Promise.all([Promise.all(regions.map((region) => readRegion(state, region))), quorum()]);
  const found = inRegion.flatMap((r) => r.views);
  const names = [...new Set(found.map((v) => key(v.pod)))].sort();
  const chains = names.map((name) => chainView(name, inRegion.map(({ region, views, problem }) => views.find((v) => key(v.pod) === name) ?? { region, silent: problem ?? "no such pod in this region" })));
  const problems = [
    ...inRegion.flatMap((r) => (r.problem === undefined ? [] : [r.problem])),
    ...(consul.healthy ? [] : [`the fence quorum has ${consul.answering} of ${consul.servers.length} servers${consul.leader === undefined ? " and no leader" : ""}: nothing is signed until a majority is back`]),
    ...(chains.length === 0 ? ["no chain is deployed"] : []),
  ];
  return { chains, quorum: consul, problems, simulated: found.filter((v) => v.pod.simulated).map((v) => `${v.pod.instance} ${v.pod.process} in region ${v.region}`) };
}

type PodView = RegionView & { readonly pod: ChainPod };

async function readRegion(state: string, region: RegionName): Promise<{ region: RegionName; views: readonly PodView[]; problem?: string }> {
  try {
    const pods = await chainPods(state, region);
    return { region, views: await Promise.all(pods.map(podView)) };
  } catch (error) {
    return { region, views: [], problem: `region ${region}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function podView(pod: ChainPod): Promise<PodView> {
  if (!pod.gated || pod.simulated) return { region: pod.region, pod };
  const answer = await askGate(pod);
  return "status" in answer ? { region: pod.region, pod, gate: answer.status } : { region: pod.region, pod, silent: answer.silent };
}

function key(pod: ChainPod): string {
  return `${pod.instance}/${pod.process}`;
}

/** Judges one process over both regions. Pure. */
export function chainView(name: string, views: readonly RegionView[]): ChainView {
  const [instance = "", process = ""] = name.split("/");
  const gated = views.some((v) => v.pod?.gated === true);
  const holders = views.filter((v) => v.gate?.role === "active").map((v) => v.region);
  const newest = views.map((v) => v.gate).filter((g) => g !== undefined).sort((x, y) => y.epoch - x.epoch)[0];
  return {
    instance,
    process,
    gated,
    regions: views,
    active: holders.length === 1 ? holders[0] : undefined,
    epoch: newest?.epoch,
    lastFailover: newest?.lastFailover,
    problems: views.every((v) => v.pod?.simulated === true || v.pod?.gated === false) ? views.flatMap(podProblems) : [...roleProblems(instance, holders), ...views.flatMap(podProblems), ...views.flatMap(gateProblems)],
  };
}

function roleProblems(instance: string, holders: readonly RegionName[]): string[] {
  if (holders.length === 0) return [`${instance}: no region holds the producer's role`];
  if (holders.length > 1) return [`${instance}: regions ${holders.join(" and ")} both say that they hold the role`];
  return [];
}

function podProblems(view: RegionView): string[] {
  if (view.pod === undefined) return view.silent === undefined ? [] : [`region ${view.region}: ${view.silent}`];
  return view.pod.ready || view.silent !== undefined ? [] : [`region ${view.region}: pod ${view.pod.name} is not ready`];
}

function gateProblems(view: RegionView): string[] {
  const { gate, region } = view;
  if (gate === undefined) return view.pod !== undefined && view.silent !== undefined ? [`region ${region}: ${view.silent}`] : [];
  const problems: string[] = [];
  if (gate.ledger.halted !== undefined) problems.push(`region ${region}: HALTED, ${gate.ledger.halted}`);
  if (gate.quarantine !== undefined) problems.push(`region ${region}: quarantined, ${gate.quarantine}`);
  if (!gate.ledger.up) problems.push(`region ${region}: the gate cannot reach the quorum (${gate.ledger.cause ?? "no cause given"})`);
  if (!gate.node.connected) problems.push(`region ${region}: the node is not connected to its gate`);
  else if ((gate.node.lag ?? 0) > 1) problems.push(`region ${region}: the node is ${gate.node.lag} blocks behind`);
  if (gate.restartNode !== undefined) problems.push(`region ${region}: ${gate.restartNode}`);
  return problems;
}
