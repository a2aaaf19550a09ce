import { compareSteps, consecutiveWrites, findRecord, lastRecord, stepName, type FenceDocument, type Holder, type SignRecord, type Step } from "./document";

/** `quarantine` shows a decoy key; `standby` shows the real one and follows the ledger; `active` writes first. */
export type Role = "quarantine" | "standby" | "active";

/** What a node asks for, reduced to what decides. */
export interface Ask {
  readonly h: number;
  readonly r: number;
  readonly step: Step;
  readonly contentId: string;
  /** Hash of the block in hex; empty for nil. */
  readonly block: string;
}

export type RefusalReason = "conflict" | "regression" | "lock" | "floor" | "closed" | "halted" | "stale" | "budget";

export type Decision =
  /** Write it into the ledger; once that is committed, sign. */
  | { readonly kind: "record" }
  /** It is in the ledger already: give the same signature, with the recorded timestamp. */
  | { readonly kind: "replay"; readonly entry: SignRecord }
  /** Look again after this many milliseconds, or when anything changes. */
  | { readonly kind: "wait"; readonly ms: number }
  /** The ledger cannot say: keep the node waiting with its connection open. */
  | { readonly kind: "hold"; readonly why: string }
  | { readonly kind: "refuse"; readonly reason: RefusalReason; readonly detail: string };

export interface Situation {
  readonly doc?: FenceDocument;
  /** The quorum answered the last operation. */
  readonly ledgerUp: boolean;
  /** Set when the store went backwards or was replaced: nothing may be signed. */
  readonly halted?: string;
  readonly role: Role;
  readonly me: Holder;
  /** Milliseconds since the node first asked for this step (or since the quorum came back, whichever is later). */
  readonly waitedMs: number;
  /** Milliseconds since the node first asked for this step. */
  readonly heldMs: number;
  /** Height of the chain as independent nodes tell it. */
  readonly chainHeight?: number;
  /** Milliseconds since the chain was first seen at that height. @default 0 */
  readonly chainHeightMs?: number;
  /** `timeout_commit` of the network: so long after a block its late precommits still count. */
  readonly commitTimeoutMs: number;
  /** The non-nil precommit this gate last gave to its own node: that node holds the lock itself. */
  readonly lockedHere?: { readonly h: number; readonly block: string };
  readonly ledgerMode: "follow" | "silent";
  readonly followMs: number;
  readonly lockRule: boolean;
  readonly holdMs: number;
}

const prevote: Step = 2;
const precommit: Step = 3;

/**
 * What to do with one request. Refused at once is only what the ledger has decided; "unknown" is never a refusal,
 * because CometBFT never asks again for a refused step and a chain that needs this vote would stand still for good.
 */
export function decide(ask: Ask, s: Situation): Decision {
  if (s.halted !== undefined) return refuse("halted", s.halted);
  const doc = s.doc;
  if (doc === undefined) return holdOrGiveUp(ask, s, "no fence document yet");
  if (doc.state === "HALTED" && s.ledgerUp) return refuse("halted", doc.reason);
  if (s.ledgerMode === "silent" && s.ledgerUp && !maySpeak(ask.h, doc, s.me)) return refuse("closed", `region ${doc.holder?.region ?? "(none)"} signs height ${ask.h}`);

  const decided = byRecords(ask, doc, s);
  if (decided) return decided;
  if (!s.ledgerUp) return holdOrGiveUp(ask, s, "the quorum cannot be reached");
  if (s.role === "quarantine") return holdOrGiveUp(ask, s, "quarantined");
  if (s.role === "active" || s.ledgerMode === "silent") return { kind: "record" };
  const left = patience(doc, s) - s.waitedMs;
  return left > 0 ? { kind: "wait", ms: left } : { kind: "record" };
}

/** A holder that let one step pass is probably gone: the next ones are not waited for as long, until it writes again. */
const suspectShare = 4;

function patience(doc: FenceDocument, s: Situation): number {
  return consecutiveWrites(doc, s.me) > 0 ? s.followMs / suspectShare : s.followMs;
}

function byRecords(ask: Ask, doc: FenceDocument, s: Situation): Decision | undefined {
  const same = findRecord(doc, ask);
  if (same) {
    if (same.contentId === ask.contentId) return { kind: "replay", entry: same };
    return refuse("conflict", `${stepName(ask)} is recorded with other content, written by region ${same.writer.region}`);
  }
  const last = lastRecord(doc);
  if (last && compareSteps(ask, last) < 0) return refuse("regression", `${stepName(ask)} comes after ${stepName(last)} was signed`);
  if (ask.h < doc.floor.h) return refuse("floor", `height ${ask.h} is below the floor ${doc.floor.h}`);
  const lock = s.lockRule ? lockAgainst(ask, doc, s) : undefined;
  return lock && refuse("lock", `${stepName(ask)} is for another block than ${stepName(lock)}, which region ${lock.writer.region} signed`);
}

/**
 * Tendermint's lock lives in the node that precommitted. Another node of the same validator does not know it, so its
 * prevote for a different block is refused. Nil is always allowed, and so is a node that was given that precommit.
 */
function lockAgainst(ask: Ask, doc: FenceDocument, s: Situation): SignRecord | undefined {
  if (ask.step !== prevote || ask.block === "") return undefined;
  const lock = doc.records.findLast((entry) => entry.h === ask.h && entry.step === precommit && entry.block !== "");
  if (!lock || lock.block === ask.block || lock.writer.instance === s.me.instance) return undefined;
  return s.lockedHere?.h === ask.h && s.lockedHere.block === lock.block ? undefined : lock;
}

/** `silent` mode: the holder, or until the height fence the one before it. */
function maySpeak(height: number, doc: FenceDocument, me: Holder): boolean {
  const speaker = doc.handover && height <= doc.handover.untilHeight ? doc.handover.holder : doc.state === "HELD" ? doc.holder : undefined;
  return speaker?.instance === me.instance;
}

function holdOrGiveUp(ask: Ask, s: Situation, why: string): Decision {
  if (s.chainHeight !== undefined && isPast(ask, s.chainHeight, s)) return refuse("stale", `${why}, and the chain is at ${s.chainHeight}, past ${stepName(ask)}`);
  if (s.heldMs >= s.holdMs) return refuse("budget", `${why} for ${Math.round(s.heldMs / 1000)} s, the longest a step is held`);
  return { kind: "hold", why };
}

/** A precommit for the block that was just made still enters the next one's commit, until the others stop waiting for it. */
function isPast(ask: Ask, chainHeight: number, s: Situation): boolean {
  if (chainHeight !== ask.h) return chainHeight > ask.h;
  return ask.step !== precommit || (s.chainHeightMs ?? 0) >= s.commitTimeoutMs;
}

function refuse(reason: RefusalReason, detail: string): Decision {
  return { kind: "refuse", reason, detail };
}
