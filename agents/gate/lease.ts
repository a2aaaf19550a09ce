import type { LeaseTiming } from "../../chains/gate-config";
import { activeDesire, consecutiveWrites, type FenceDocument, type Holder } from "./document";

export interface LeaseView {
  readonly doc?: FenceDocument;
  readonly me: Holder;
  readonly preferredRegion: string;
  readonly timing: LeaseTiming;
  /** All monotonic milliseconds of this process. */
  readonly now: number;
  readonly wallNow: number;
  /** Last change of epoch, leaseSeq or state that this process saw; process start when it saw none. */
  readonly leaseSeenAt: number;
  readonly ledgerUpSince: number;
  readonly lastOutageMs: number;
  readonly flipAfterSteps: number;
  readonly ledgerMode: "follow" | "silent";
}

export type Freedom =
  | { readonly free: true; readonly detail: string; readonly automatic: boolean; readonly planned?: boolean }
  | { readonly free: false; readonly detail: string };

/** An orderly stop is somebody's decision: it does not use up the hourly budget of automatic failovers. */
export const stoppedReason = "the gate was stopped";

/** After an outage of the quorum the last holder gets this many renewals' time before its lease counts as abandoned. */
const headStartRenewals = 3;

/** May this gate take the document, as far as the document itself is concerned? */
export function freedom(v: LeaseView): Freedom {
  const doc = v.doc;
  if (!doc) return { free: false, detail: "there is no document yet" };
  if (doc.state === "HALTED") return { free: false, detail: `halted: ${doc.reason}` };
  const desired = activeDesire(doc, v.wallNow);
  if (desired?.region === v.me.region) return { free: true, automatic: false, planned: true, detail: `switchover requested by ${desired.by}` };
  const age = v.now - v.leaseSeenAt;
  if (!doc.holder) return afresh(v, age);
  if (doc.state === "RELEASED") return released(doc.holder, v, age, desired?.region);
  return held(doc, doc.holder, v, age);
}

/**
 * Nothing is lost while nobody has ever produced, and regions start at different speeds: the preferred one gets this many
 * waits to come, so that a slow start does not decide where a chain begins.
 */
const firstClaimWaits = 6;

function afresh(v: LeaseView, age: number): Freedom {
  if (v.me.region === v.preferredRegion) return { free: true, automatic: false, detail: "nobody has held it yet, and this region is the preferred one" };
  const left = firstClaimWaits * v.timing.waitMs - age;
  return left > 0 ? { free: false, detail: `nobody has held it yet; region ${v.preferredRegion} goes first for ${seconds(left)}` } : { free: true, automatic: false, detail: `region ${v.preferredRegion} did not take it` };
}

/** The other region goes first; the one that let go waits W, unless an operator wants neither. */
function released(last: Holder, v: LeaseView, age: number, desired: string | undefined): Freedom {
  const left = v.timing.waitMs - age;
  if (last.region === v.me.region || desired !== undefined) {
    if (left > 0) return { free: false, detail: `released by region ${last.region}; the other region goes first for ${seconds(left)}` };
    return { free: true, automatic: true, detail: "released, and nobody took it" };
  }
  const reason = v.doc?.reason ?? "";
  return { free: true, automatic: reason !== stoppedReason, detail: `released by region ${last.region}: ${reason}` };
}

function held(doc: FenceDocument, holder: Holder, v: LeaseView, age: number): Freedom {
  if (holder.instance === v.me.instance) return { free: false, detail: "held by this gate" };
  const own = v.ledgerMode === "follow" ? consecutiveWrites(doc, v.me) : 0;
  if (own >= v.flipAfterSteps) return { free: true, automatic: true, detail: `this region had to write the last ${own} steps itself` };
  const headStart = v.lastOutageMs >= v.timing.renewMs ? v.ledgerUpSince + headStartRenewals * v.timing.renewMs - v.now : 0;
  const left = Math.max(v.timing.waitMs - age, headStart);
  if (left > 0) return { free: false, detail: `held by region ${holder.region}, renewed ${seconds(age)} ago; free in ${seconds(left)} without a renewal` };
  return { free: true, automatic: true, detail: `region ${holder.region} has not renewed for ${seconds(age)}` };
}

/** How long the holder may write first: L after its last successful renewal was *sent*. */
export function leaseValid(lastRenewalSentAt: number | undefined, now: number, timing: LeaseTiming): boolean {
  return lastRenewalSentAt !== undefined && now < lastRenewalSentAt + timing.leaseMs;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
