import { freedom, leaseValid, stoppedReason, type LeaseView } from "../../../agents/gate/lease";
import { halt, release, requestSwitchover, type FenceDocument } from "../../../agents/gate/document";
import { a, b, fresh, heldBy, withRecords } from "../../support/gate/fence-documents";

const timing = { renewMs: 1000, leaseMs: 4000, waitMs: 5000, raftMultiplier: 1 };
const view: LeaseView = {
  doc: heldBy(a),
  me: b,
  preferredRegion: "a",
  timing,
  now: 100_000,
  wallNow: Date.parse("2026-01-01T00:00:00.000Z"),
  leaseSeenAt: 99_000,
  ledgerUpSince: 0,
  lastOutageMs: 0,
  flipAfterSteps: 4,
  ledgerMode: "follow",
};
const released = (reason: string): FenceDocument => release(heldBy(a), a, reason) as FenceDocument;
const four = [2, 3].flatMap((h) => [
  { h, step: 2, writer: b } as const,
  { h, step: 3, writer: b } as const,
]);

test.each<[string, Partial<LeaseView>, object]>([
  ["held and renewed", {}, { free: false }],
  ["just short of W", { leaseSeenAt: 95_001 }, { free: false }],
  ["unchanged for W", { leaseSeenAt: 95_000 }, { free: true, automatic: true }],
  ["held by myself", { me: a, leaseSeenAt: 0 }, { free: false }],
  ["held by a former process of my region: W all the same", { me: { ...a, instance: "a-2" } }, { free: false }],
  ["after an outage the holder has three renewals' time", { leaseSeenAt: 80_000, ledgerUpSince: 97_500, lastOutageMs: 10_000 }, { free: false }],
  ["and not more", { leaseSeenAt: 80_000, ledgerUpSince: 97_000, lastOutageMs: 10_000 }, { free: true }],
  ["a hiccup below R gives no head start", { leaseSeenAt: 80_000, ledgerUpSince: 99_900, lastOutageMs: 600 }, { free: true }],
  ["released: the other region at once", { doc: released("its node is gone") }, { free: true, automatic: true }],
  ["an orderly stop is not counted as a failover", { doc: released(stoppedReason) }, { free: true, automatic: false }],
  ["released: the one that let go waits W", { doc: released("x"), me: { ...a, instance: "a-2" } }, { free: false }],
  ["released, and nobody took it for W", { doc: released("x"), me: { ...a, instance: "a-2" }, leaseSeenAt: 95_000 }, { free: true }],
  ["four steps in a row written by the standby", { doc: withRecords(heldBy(a), ...four) }, { free: true, automatic: true }],
  ["three are not enough", { doc: withRecords(heldBy(a), ...four.slice(1)) }, { free: false }],
  ["one by the holder in between starts the count again", { doc: withRecords(heldBy(a), ...four, { h: 4, step: 2, writer: a }) }, { free: false }],
  ["in silent mode the standby never writes, so it never flips", { doc: withRecords(heldBy(a), ...four), ledgerMode: "silent" }, { free: false }],
  ["halted", { doc: halt(heldBy(a), "x"), leaseSeenAt: 0 }, { free: false }],
  ["an operator wants it here", { doc: requestSwitchover(heldBy(a), { region: "b", by: "ann", expires: "2026-01-01T00:01:00.000Z" }) }, { free: true, automatic: false, planned: true }],
  ["the wish has expired", { doc: requestSwitchover(heldBy(a), { region: "b", by: "ann", expires: "2025-12-31T23:59:59.000Z" }) }, { free: false }],
  ["nobody ever held it: the preferred region at once", { doc: fresh(), me: a }, { free: true, automatic: false }],
  ["nobody ever held it: the other one waits six times W", { doc: fresh(), leaseSeenAt: 70_001 }, { free: false }],
  ["the preferred region did not come", { doc: fresh(), leaseSeenAt: 70_000 }, { free: true }],
  ["no document", { doc: undefined }, { free: false }],
])("%s", (_name, change, expected) => {
  expect(freedom({ ...view, ...change })).toMatchObject(expected);
});

test("the holder may act until L after its renewal was sent, to the millisecond", () => {
  expect(leaseValid(1000, 4999, timing)).toBe(true);
  expect(leaseValid(1000, 5000, timing)).toBe(false);
  expect(leaseValid(undefined, 0, timing)).toBe(false);
});
