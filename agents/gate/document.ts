import type { Timestamp } from "./wire/consensus";

/**
 * The one document of a chain in the quorum: lease, fencing epoch and signature ledger in one value, so that one
 * compare-and-set covers everything. All functions here are pure: document in, next document out. Each of them raises
 * `seq`, because Consul does not move a key's index when the value stays the same (agent/consul/state/kvs.go, kvsSetTxn).
 */
export interface Holder {
  readonly region: string;
  /** A new one for each start of a gate process. */
  readonly instance: string;
}

/** Order inside a round: 1 proposal, 2 prevote, 3 precommit. */
export type Step = 1 | 2 | 3;

/** One signature that was granted. The signature itself is not kept: Ed25519 is deterministic, so content and timestamp give it back. */
export interface SignRecord {
  readonly h: number;
  readonly r: number;
  readonly step: Step;
  /** SHA-256 of what is signed, in hex; of a vote without its timestamp, of a proposal with it. */
  readonly contentId: string;
  /** Hash of the block in hex; empty for nil. */
  readonly block: string;
  readonly timestamp: Timestamp;
  readonly writer: Holder;
  readonly epoch: number;
}

export interface Failover {
  /** ISO 8601; told by the new holder's clock, for people and for the hourly budget. */
  readonly at: string;
  readonly from?: string;
  readonly to: string;
  readonly epoch: number;
  /** False for a planned switchover and for the first holder. */
  readonly automatic: boolean;
  readonly reason: string;
}

export interface FenceDocument {
  readonly v: 1;
  /** Made once, with the document. A change means that the store was replaced behind our back. */
  readonly lineage: string;
  /** `<chain>-<network>` */
  readonly chain: string;
  /** Address of the validator key, in hex: both regions must hold the same one. */
  readonly address: string;
  readonly epoch: number;
  readonly seq: number;
  /** Raised only by the holder's own renewals; challengers measure its age, never that of `seq`. */
  readonly leaseSeq: number;
  readonly state: "HELD" | "RELEASED" | "HALTED";
  /** Absent until the first claim; afterwards the last holder, also when RELEASED or HALTED. */
  readonly holder?: Holder;
  /** No signature below this height. */
  readonly floor: { readonly h: number };
  /** The last three heights, in the order they were granted. */
  readonly records: readonly SignRecord[];
  /** `silent` mode: up to this height the previous holder still signs, so that a planned switch misses nothing. */
  readonly handover?: { readonly holder: Holder; readonly untilHeight: number };
  readonly desired?: Desired;
  readonly paused?: { readonly by: string; readonly at: string };
  /** The last failovers, oldest first. */
  readonly failovers: readonly Failover[];
  /** Why the document is in its state, for people. */
  readonly reason: string;
}

export interface Desired {
  readonly region: string;
  readonly by: string;
  /** ISO 8601; ignored afterwards. */
  readonly expires: string;
}

export interface NewDocument {
  readonly lineage: string;
  readonly chain: string;
  readonly address: string;
  readonly floor: number;
}

const heightsKept = 3;
const failoversKept = 20;

export function create(args: NewDocument): FenceDocument {
  return {
    v: 1,
    lineage: args.lineage,
    chain: args.chain,
    address: args.address,
    epoch: 0,
    seq: 1,
    leaseSeq: 0,
    state: "RELEASED",
    floor: { h: args.floor },
    records: [],
    failovers: [],
    reason: "created; nobody has held it yet",
  };
}

export interface Claim {
  readonly me: Holder;
  readonly reason: string;
  readonly automatic: boolean;
  /** Wall clock, ISO 8601. */
  readonly at: string;
  /** True in `silent` mode at a planned switch: the previous holder finishes the height it is at. */
  readonly heightFence?: boolean;
}

/** Takes the role: a new epoch, whatever the document said before. The caller has checked every precondition. */
export function claim(doc: FenceDocument, args: Claim): FenceDocument {
  const moved = doc.holder?.region !== args.me.region;
  const failover: Failover = { at: args.at, from: doc.holder?.region, to: args.me.region, epoch: doc.epoch + 1, automatic: args.automatic, reason: args.reason };
  const fenced = args.heightFence === true && doc.state === "HELD" && doc.holder !== undefined;
  return next(doc, {
    epoch: doc.epoch + 1,
    leaseSeq: doc.leaseSeq + 1,
    state: "HELD",
    holder: args.me,
    handover: fenced && doc.holder ? { holder: doc.holder, untilHeight: lastRecord(doc)?.h ?? doc.floor.h } : undefined,
    // Fulfilled, or overtaken by an emergency: a wish from before must not move the role back by itself.
    desired: moved || doc.desired?.region === args.me.region ? undefined : doc.desired,
    failovers: moved ? [...doc.failovers, failover].slice(-failoversKept) : doc.failovers,
    reason: args.reason,
  });
}

/** Undefined when `me` does not hold the document: a lease that moved is never renewed. A wish for the holder's own region is fulfilled. */
export function renew(doc: FenceDocument, me: Holder): FenceDocument | undefined {
  if (!isHolder(doc, me)) return undefined;
  return next(doc, { leaseSeq: doc.leaseSeq + 1, desired: doc.desired?.region === me.region ? undefined : doc.desired });
}

/** Undefined when `me` does not hold the document. */
export function release(doc: FenceDocument, me: Holder, reason: string): FenceDocument | undefined {
  return isHolder(doc, me) ? next(doc, { state: "RELEASED", reason }) : undefined;
}

/** Grants one signature. The order of signatures is the order of heights, rounds and steps; anything else is a programming error. */
export function record(doc: FenceDocument, entry: Omit<SignRecord, "epoch">): FenceDocument {
  const last = lastRecord(doc);
  if (last && compareSteps(entry, last) <= 0) throw new Error(`a record for ${stepName(entry)} cannot follow ${stepName(last)}`);
  if (entry.h < doc.floor.h) throw new Error(`a record for ${stepName(entry)} is below the floor, height ${doc.floor.h}`);
  const records = [...doc.records, { ...entry, epoch: doc.epoch }].filter((r) => r.h > entry.h - heightsKept);
  return next(doc, { records });
}

export function requestSwitchover(doc: FenceDocument, desired: Desired): FenceDocument {
  return next(doc, { desired });
}

export function cancelSwitchover(doc: FenceDocument): FenceDocument {
  return next(doc, { desired: undefined });
}

/** No automatic promotion from now on; the running holder goes on and demotions still work. */
export function pause(doc: FenceDocument, by: string, at: string): FenceDocument {
  return next(doc, { paused: { by, at } });
}

export function resume(doc: FenceDocument): FenceDocument {
  return next(doc, { paused: undefined });
}

/** No signature at all until a person clears it. */
export function halt(doc: FenceDocument, reason: string): FenceDocument {
  return next(doc, { state: "HALTED", reason });
}

/** A person's decision. The floor can only rise. */
export function clearHalt(doc: FenceDocument, by: string, floor: number): FenceDocument {
  return next(doc, { state: "RELEASED", floor: { h: Math.max(doc.floor.h, floor) }, reason: `halt cleared by ${by}` });
}

export function isHolder(doc: FenceDocument | undefined, me: Holder): boolean {
  return doc?.state === "HELD" && doc.holder?.instance === me.instance && doc.holder.region === me.region;
}

export function lastRecord(doc: FenceDocument): SignRecord | undefined {
  return doc.records[doc.records.length - 1];
}

export type StepKey = Pick<SignRecord, "h" | "r" | "step">;

export function compareSteps(a: StepKey, b: StepKey): number {
  return a.h - b.h || a.r - b.r || a.step - b.step;
}

export function findRecord(doc: FenceDocument, step: StepKey): SignRecord | undefined {
  return doc.records.find((entry) => compareSteps(entry, step) === 0);
}

export function stepName(step: StepKey): string {
  return `${step.h}/${step.r}/${["", "proposal", "prevote", "precommit"][step.step]}`;
}

/** The wish of an operator, unless it has expired. */
export function activeDesire(doc: FenceDocument, wallNow: number): Desired | undefined {
  return doc.desired && Date.parse(doc.desired.expires) > wallNow ? doc.desired : undefined;
}

/** How many of the newest signatures in a row were written by this region although another one holds the document. */
export function consecutiveWrites(doc: FenceDocument, me: Holder): number {
  if (doc.state !== "HELD" || doc.holder?.region === me.region) return 0;
  let count = 0;
  for (let i = doc.records.length - 1; i >= 0; i--) {
    const entry = doc.records[i];
    if (entry?.writer.instance !== me.instance || entry.epoch !== doc.epoch) break;
    count++;
  }
  return count;
}

export function automaticFailoversSince(doc: FenceDocument, wallFrom: number): number {
  return doc.failovers.filter((f) => f.automatic && Date.parse(f.at) > wallFrom).length;
}

function next(doc: FenceDocument, change: Partial<FenceDocument>): FenceDocument {
  return { ...doc, ...change, seq: doc.seq + 1 };
}
