import { automaticFailoversSince, lastRecord, type FenceDocument } from "./document";

/** One condition of a promotion, as `status` and a dry run show it. */
export interface Precondition {
  readonly id: "P1" | "P2" | "P6" | "P7" | "P8" | "P10" | "P11";
  readonly title: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface NodeFacts {
  readonly height: number;
  readonly headTimeMs: number;
  readonly catchingUp: boolean;
}

/** Everything a promotion is judged by. A fact older than two seconds must not be put here: it is unknown then. */
export interface Facts {
  readonly node?: NodeFacts;
  /** The node's connection to this gate stands. */
  readonly connected: boolean;
  readonly referencesConfigured: number;
  /** Heights of the independent nodes that answered. */
  readonly references: readonly number[];
  readonly quarantine?: string;
  /** The node was last shown the real key. It asks once per block, so it keeps a decoy for a moment after quarantine. */
  readonly nodeHasKey: boolean;
  readonly key: { readonly address?: string; readonly problem: string };
  readonly doppelganger: Doppelganger;
  readonly free: { readonly free: boolean; readonly detail: string };
}

export type Doppelganger =
  | { readonly kind: "unknown"; readonly detail: string }
  /** Our newest signature that was found on the chain. */
  | { readonly kind: "clear"; readonly detail: string }
  | { readonly kind: "seen"; readonly height: number; readonly detail: string };

export interface PreconditionSettings {
  readonly blockTimeMs: number;
  readonly failoversPerHour: number;
}

const hourMs = 3_600_000;
const floorAboveHead = 10;

export function preconditions(doc: FenceDocument | undefined, facts: Facts, settings: PreconditionSettings, wallNow: number): readonly Precondition[] {
  return [
    { id: "P1", title: "the document is free", ok: facts.free.free, detail: facts.free.detail },
    { id: "P2", title: "the node is at the chain's head", ...atHead(facts, settings.blockTimeMs, wallNow) },
    { id: "P6", title: "not quarantined, paused or halted", ...notBarred(doc, facts) },
    { id: "P7", title: "the key is usable and the right one", ...keyUsable(doc, facts) },
    { id: "P8", title: "the floor fits the chain", ...floorFits(doc, facts) },
    { id: "P10", title: "failovers in the last hour are within budget", ...withinBudget(doc, settings.failoversPerHour, wallNow) },
    { id: "P11", title: "nobody else signs with this key", ok: facts.doppelganger.kind === "clear", detail: facts.doppelganger.detail },
  ];
}

/** What a planned switchover needs: an operator has decided about the holder, the pause and the budget. */
export function fitForSwitchover(list: readonly Precondition[], doc: FenceDocument | undefined): boolean {
  return list.every((p) => p.ok || p.id === "P1" || p.id === "P10" || (p.id === "P6" && doc?.paused !== undefined && p.detail.startsWith("paused")));
}

export function promotable(list: readonly Precondition[]): boolean {
  return list.every((p) => p.ok);
}

type Verdict = Pick<Precondition, "ok" | "detail">;

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/**
 * The height that independent nodes agree on. With two or more the second highest counts, so that one of them alone
 * cannot make the gate give up a step that the chain still waits for.
 */
export function agreedHeight(references: readonly number[]): number | undefined {
  const sorted = [...references].sort((a, b) => b - a);
  return sorted.length >= 2 ? sorted[1] : sorted[0];
}

/** Blocks behind the independent nodes; undefined when either side is unknown. */
export function lag(facts: Pick<Facts, "node" | "references">): number | undefined {
  const reference = median(facts.references);
  return facts.node === undefined || reference === undefined ? undefined : Math.max(0, reference - facts.node.height);
}

function atHead(facts: Facts, blockTimeMs: number, wallNow: number): Verdict {
  const node = facts.node;
  if (!facts.connected) return no("the node is not connected to this gate");
  if (!node) return no("the node's RPC does not answer");
  if (node.catchingUp) return no(`the node is catching up, at height ${node.height}`);
  if (facts.referencesConfigured > 0 && facts.references.length === 0) return no("no independent node answers, so the chain's height is unknown");
  const behind = lag(facts) ?? 0;
  if (behind > 1) return no(`height ${node.height} is ${behind} behind the independent nodes`);
  const ageMs = wallNow - node.headTimeMs;
  const limitMs = 2 * blockTimeMs + 5000;
  // A chain that stands still everywhere may be waiting for this very validator.
  const standsStill = facts.references.length > 0 && behind === 0;
  if (ageMs > limitMs && !standsStill) return no(`the head block is ${seconds(ageMs)} old, more than ${seconds(limitMs)}`);
  return yes(`height ${node.height}, ${behind} behind, head block ${seconds(ageMs)} old`);
}

function notBarred(doc: FenceDocument | undefined, facts: Facts): Verdict {
  if (facts.quarantine !== undefined) return no(`quarantined: ${facts.quarantine}`);
  if (doc?.state === "HALTED") return no(`halted: ${doc.reason}`);
  if (!facts.nodeHasKey) return no("the node still has the decoy key and reads the real one with the next block");
  if (doc?.paused) return no(`paused by ${doc.paused.by} since ${doc.paused.at}`);
  return yes("none of them");
}

function keyUsable(doc: FenceDocument | undefined, facts: Facts): Verdict {
  if (facts.key.problem !== "" || facts.key.address === undefined) return no(facts.key.problem || "no key has been loaded");
  if (doc && doc.address !== facts.key.address) return no(`this region's key is ${facts.key.address}, the document belongs to ${doc.address}: import the same key into both regions`);
  return yes(`address ${facts.key.address}`);
}

function floorFits(doc: FenceDocument | undefined, facts: Facts): Verdict {
  if (!doc) return no("there is no document yet");
  const head = Math.max(facts.node?.height ?? 0, agreedHeight(facts.references) ?? 0);
  const floor = Math.max(doc.floor.h, lastRecord(doc)?.h ?? 0);
  return floor > head + floorAboveHead ? no(`the floor, height ${floor}, is far above the chain's head ${head}: this is not the chain the document was written for`) : yes(`floor ${floor}, head ${head}`);
}

function withinBudget(doc: FenceDocument | undefined, limit: number, wallNow: number): Verdict {
  const count = doc ? automaticFailoversSince(doc, wallNow - hourMs) : 0;
  return count < limit ? yes(`${count} of ${limit}`) : no(`${count} automatic failovers in the last hour, ${limit} are allowed: find the cause, then switch over by hand`);
}

const yes = (detail: string): Verdict => ({ ok: true, detail });
const no = (detail: string): Verdict => ({ ok: false, detail });
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
