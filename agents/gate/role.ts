import type { LeaseTiming } from "../../chains/gate-config";
import type { Role } from "./decide";
import { isHolder, type FenceDocument, type Holder } from "./document";
import { leaseValid, stoppedReason, type Freedom } from "./lease";
import { agreedHeight, fitForSwitchover, lag, promotable, type Facts, type Precondition } from "./preconditions";

/** What the gate does next about the document. */
export type Plan =
  | { readonly do: "nothing"; readonly why: string }
  | { readonly do: "create"; readonly floor: number }
  | { readonly do: "claim"; readonly reason: string; readonly automatic: boolean; readonly planned: boolean }
  | { readonly do: "renew" }
  | { readonly do: "release"; readonly reason: string }
  | { readonly do: "halt"; readonly reason: string };

export interface PlanInput {
  readonly doc?: FenceDocument;
  readonly ledgerUp: boolean;
  readonly me: Holder;
  readonly preferredRegion: string;
  readonly timing: LeaseTiming;
  readonly now: number;
  /** When this gate first read that there is no document; undefined when there is one. */
  readonly missingSince?: number;
  readonly lastRenewalSentAt?: number;
  readonly facts: Facts;
  readonly preconditions: readonly Precondition[];
  readonly freedom: Freedom;
  /** Why a holder is not fit to go on; empty when it is. */
  readonly unfit: string;
  readonly stopping: boolean;
}

/** Demote on any doubt, promote on all conditions. */
export function plan(i: PlanInput): Plan {
  if (!i.ledgerUp) return nothing("the quorum cannot be reached");
  const holding = isHolder(i.doc, i.me);
  if (i.stopping) return holding ? { do: "release", reason: stoppedReason } : nothing("stopping");
  if (!i.doc) return planWithout(i);
  if (i.doc.state === "HALTED") return nothing(`halted: ${i.doc.reason}`);
  if (i.facts.doppelganger.kind === "seen" && i.facts.key.address === i.doc.address) return { do: "halt", reason: i.facts.doppelganger.detail };
  return holding ? planAsHolder(i) : planAsChallenger(i);
}

function planWithout(i: PlanInput): Plan {
  const blocker = i.preconditions.find((p) => !p.ok && (p.id === "P2" || p.id === "P7" || p.id === "P11"));
  if (blocker) return nothing(`no document yet, and ${blocker.title} does not hold: ${blocker.detail}`);
  const waited = i.missingSince === undefined ? 0 : i.now - i.missingSince;
  if (i.me.region !== i.preferredRegion && waited < i.timing.waitMs) return nothing(`no document yet; region ${i.preferredRegion} goes first`);
  return { do: "create", floor: Math.max(i.facts.node?.height ?? 0, agreedHeight(i.facts.references) ?? 0) + 1 };
}

function planAsHolder(i: PlanInput): Plan {
  if (i.facts.quarantine !== undefined) return { do: "release", reason: `quarantined: ${i.facts.quarantine}` };
  if (i.unfit !== "") return { do: "release", reason: i.unfit };
  const due = i.lastRenewalSentAt === undefined || i.now - i.lastRenewalSentAt >= i.timing.renewMs;
  return due ? { do: "renew" } : nothing("the lease is fresh");
}

function planAsChallenger(i: PlanInput): Plan {
  if (!i.freedom.free) return nothing(i.freedom.detail);
  const planned = i.freedom.planned === true;
  const fit = planned ? fitForSwitchover(i.preconditions, i.doc) : promotable(i.preconditions);
  if (!fit) {
    const failed = i.preconditions.filter((p) => !p.ok).map((p) => `${p.id} ${p.detail}`);
    return nothing(`free (${i.freedom.detail}), but not promotable: ${failed.join("; ")}`);
  }
  return { do: "claim", reason: i.freedom.detail, automatic: i.freedom.automatic, planned };
}

export function roleOf(doc: FenceDocument | undefined, me: Holder, quarantine: string | undefined, lastRenewalSentAt: number | undefined, now: number, timing: LeaseTiming): Role {
  if (quarantine !== undefined) return "quarantine";
  return isHolder(doc, me) && leaseValid(lastRenewalSentAt, now, timing) ? "active" : "standby";
}

export interface QuarantineInput {
  readonly current: string | undefined;
  /** Evaluations in a row that found nothing wrong. */
  readonly goodInARow: number;
  readonly facts: Facts;
  readonly doc?: FenceDocument;
  readonly ledgerHalted?: string;
  readonly maintenance?: string;
}

/** Evaluations that must pass before the real key is shown. */
export const goodBeforeTrust = 2;

/**
 * Why the node must be shown the decoy key; undefined to show the real one. A lag alone never swaps the key: a node that
 * is frozen by a quorum outage lags too, and a swap back takes a commit, which a chain waiting for this vote never makes.
 */
export function quarantine(i: QuarantineInput): string | undefined {
  const barred = i.ledgerHalted ?? (i.doc?.state === "HALTED" ? `halted: ${i.doc.reason}` : undefined) ?? i.maintenance ?? keyTrouble(i);
  if (barred !== undefined) return barred;
  const behind = lag(i.facts);
  const catchingUp = i.facts.node?.catchingUp === true && (behind === undefined || behind > 1);
  if (i.current === undefined) return catchingUp ? "the node is catching up" : undefined;
  if (!i.doc) return "there is no fence document yet";
  if (!i.facts.connected || !i.facts.node) return "the node does not answer yet";
  if (catchingUp || (behind ?? 0) > 1) return `the node is catching up, at height ${i.facts.node.height}`;
  return i.goodInARow >= goodBeforeTrust ? undefined : "checking the node";
}

function keyTrouble(i: QuarantineInput): string | undefined {
  if (i.facts.key.problem !== "") return i.facts.key.problem;
  if (i.doc && i.facts.key.address !== i.doc.address) return `this region's key is ${i.facts.key.address ?? "(none)"}, the document belongs to ${i.doc.address}`;
  return undefined;
}

function nothing(why: string): Plan {
  return { do: "nothing", why };
}
