import { setTimeout as sleep } from "node:timers/promises";

import { requestSwitchover } from "../../agents/gate/document";
import { ConsulStore } from "../../agents/gate/store-consul";
import { fenceKey } from "../../chains/gate-config";
import { readFleet, type ChainView, type FleetView } from "../fleet/fleet";
import { quorum } from "../fleet/quorum";
import { consulAddresses, type RegionName } from "../layout";
import { head } from "../world/chain";
import { evidence, signing } from "../world/judgement";
import { placeLeader } from "./consul-leader";
import { cutRegion, killGates, loseQuorum, loseRegion, type Fault, type FaultContext } from "./faults";
import type { DrillKind, DrillResult } from "./report";
import { LedgerWatch } from "./watch";

export interface DrillOptions extends FaultContext {
  readonly state: string;
  /** `<chain>-<network>`; must be a chain of the world. */
  readonly instance: string;
  readonly kind: DrillKind;
  /** `quorum-loss`: how long, in seconds. @default 10 */
  readonly outageSeconds?: number;
  /** Hand Consul's leadership into or out of the region that is lost, first. @default as it is */
  readonly consulLeader?: "lost" | "elsewhere";
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How long each wait may take before the drill says that it never happened, in seconds; `phase` is longer than a block. */
const limits = { healthy: 120, takeover: 60, healed: 180, phase: 6 };

/**
 * Brings one fault about, lets ledger and chain say what happened, and ends the fault whatever comes.
 * @throws when the fleet is not healthy to begin with: a drill on a sick fleet would be an outage
 */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  const before = await healthy(options, limits.healthy).catch((error: unknown) => withEvidence(error));
  const { chain } = before;
  const from = chain.active as RegionName;
  if (options.consulLeader !== undefined) await placeLeader(from, options.consulLeader === "lost" ? "inside" : "outside");
  const leaderLost = (await quorum()).servers.some((s) => s.leader && s.site === from);
  const to: RegionName = from === "a" ? "b" : "a";
  const key = chain.regions.find((r) => r.gate)?.gate?.key.address?.toUpperCase();
  if (key === undefined) throw new Error(`${options.instance}: no gate shows the validator's address`);
  const store = new ConsulStore({ servers: consulAddresses(to), key: fenceKey(options.instance) });
  const watch = new LedgerWatch(store);
  await watch.start();
  try {
    const phase = await anyMoment(options);
    const first = (await head()).height;
    options.say(`${options.kind}: region ${from} produces, region ${to} follows, height ${first}, ${phase.toFixed(1)} s into the wait`);
    const began = performance.now();
    const fault = await inject(options, from, to, store);
    let seen: Awaited<ReturnType<typeof observe>>;
    let healedSeconds: number | undefined;
    let resumedSeconds: number | undefined;
    try {
      seen = options.kind === "quorum-loss" ? await sitOut(options) : await observe(options, watch, to, began);
      // A region that comes back at once has not been lost: the other one has to carry the chain alone for a while.
      if (options.kind === "region-loss" || options.kind === "partition") await twoMoreBlocks(options);
    } finally {
      await fault.end();
    }
    if (options.kind === "quorum-loss") resumedSeconds = await nextBlock(options);
    if (options.kind !== "switchover") healedSeconds = await backAsStandby(options);
    const last = (await twoMoreBlocks(options)).height - 1;
    const [judged, found] = await Promise.all([signing(key, first, last), evidence(1, last + 1)]);
    return { kind: options.kind, from, to, consulLeaderLost: leaderLost, ...seen, heights: [first, last], missed: judged.missed, evidence: found.length, healedSeconds, resumedSeconds };
  } finally {
    await watch.stop();
  }
}

/** Faults do not wait for the end of a block. Without this every drill would begin at the same moment of a height. */
async function anyMoment(options: DrillOptions): Promise<number> {
  const seconds = Math.random() * limits.phase;
  await sleep(seconds * 1000, undefined, { signal: options.signal });
  return seconds;
}

async function inject(options: DrillOptions, from: RegionName, to: RegionName, store: ConsulStore): Promise<Fault> {
  switch (options.kind) {
    case "region-loss":
      return loseRegion(options, from);
    case "partition":
      return cutRegion(options, from);
    case "gate-kill":
      return killGates(options, from);
    case "quorum-loss":
      return loseQuorum(options);
    case "switchover":
      await askFor(store, to);
      return { end: () => Promise.resolve() };
  }
}

/** Writes the operator's wish into the document; the gates carry it out. @throws when the document keeps changing under it */
export async function askFor(store: ConsulStore, region: string, by = "drill", minutes = 2): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const { index, doc } = await store.read();
    if (doc === undefined) throw new Error("the chain has no fence document: no gate has ever held it");
    const expires = new Date(Date.now() + minutes * 60_000).toISOString();
    const result = await store.cas(index, requestSwitchover(doc, { region, by, expires }));
    if (result.kind === "written") return;
  }
  throw new Error("the fence document changed 20 times while the switchover was being requested: try again");
}

/** Waits until the other region has both the role and a signature. */
async function observe(options: DrillOptions, watch: LedgerWatch, to: RegionName, began: number): Promise<Pick<DrillResult, "eligibleSeconds" | "firstSignatureSeconds">> {
  const seconds = (at: number | undefined): number | undefined => (at === undefined ? undefined : (at - began) / 1000);
  for (;;) {
    const eligibleSeconds = seconds(watch.heldBy(to, began));
    const firstSignatureSeconds = seconds(watch.firstSignatureBy(to, began));
    const over = performance.now() - began > limits.takeover * 1000;
    if ((eligibleSeconds !== undefined && firstSignatureSeconds !== undefined) || over) return { eligibleSeconds, firstSignatureSeconds };
    options.signal.throwIfAborted();
    await sleep(20);
  }
}

/** Nobody can take anything while the quorum is gone. */
async function sitOut(options: DrillOptions): Promise<Pick<DrillResult, "eligibleSeconds" | "firstSignatureSeconds">> {
  await sleep((options.outageSeconds ?? 10) * 1000, undefined, { signal: options.signal });
  return { eligibleSeconds: undefined, firstSignatureSeconds: undefined };
}

/** A fleet that cannot be drilled may be one whose fence does not hold: what the blocks say is part of the refusal. */
async function withEvidence(error: unknown): Promise<never> {
  const top = (await head()).height;
  const found = await evidence(1, top);
  throw new Error(`${(error as Error).message}\nevidence of misbehaviour in blocks 1 to ${top}: ${found.length}${found.length > 0 ? ` (${found.map((e) => `${e.type} at height ${e.height}`).join(", ")})` : ""}`, { cause: error });
}

/** Seconds until both regions are healthy again; undefined when they did not become so in time, which is said. */
async function backAsStandby(options: DrillOptions): Promise<number | undefined> {
  const began = performance.now();
  try {
    await healthy(options, limits.healed);
    return (performance.now() - began) / 1000;
  } catch (error) {
    options.signal.throwIfAborted();
    options.say((error as Error).message);
    return undefined;
  }
}

/** Seconds until the chain has one more block than now; undefined when none comes in time. */
async function nextBlock(options: DrillOptions): Promise<number | undefined> {
  const began = performance.now();
  const start = (await head()).height;
  while (performance.now() - began < limits.healed * 1000) {
    if ((await head()).height > start) return (performance.now() - began) / 1000;
    options.signal.throwIfAborted();
    await sleep(50);
  }
  return undefined;
}

/** Waits until both regions are there, one active and one fit to take over. */
async function healthy(options: DrillOptions, seconds: number): Promise<{ fleet: FleetView; chain: ChainView }> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const fleet = await readFleet(options.state);
    const chain = fleet.chains.find((c) => c.instance === options.instance && c.gated);
    const problems = chain === undefined ? [`${options.instance} is not deployed`] : problemsOf(chain);
    if (chain !== undefined && problems.length === 0) return { fleet, chain };
    if (performance.now() > deadline) throw new Error(`${options.instance} is not healthy within ${seconds} s:\n${problems.map((p) => `- ${p}`).join("\n")}`);
    options.signal.throwIfAborted();
    await sleep(200);
  }
}

function problemsOf(chain: ChainView): readonly string[] {
  const standby = chain.regions.find((r) => r.region !== chain.active)?.gate;
  const unfit = standby?.preconditions.filter((p) => !p.ok && p.id !== "P1").map((p) => `${p.id} ${p.title}: ${p.detail}`) ?? [];
  return [...chain.problems, ...(standby?.fit === true ? [] : unfit)];
}

/** A commit is final one block later, and the first block after a fault is not yet a verdict. */
async function twoMoreBlocks(options: DrillOptions): Promise<{ height: number }> {
  const start = (await head()).height;
  const deadline = performance.now() + 120_000;
  for (;;) {
    const now = await head();
    if (now.height >= start + 2) return now;
    if (performance.now() > deadline) throw new Error(`the chain stands at height ${now.height}: no two blocks came within 120 s`);
    options.signal.throwIfAborted();
    await sleep(100);
  }
}
