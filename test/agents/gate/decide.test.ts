import { decide, type Ask, type Situation } from "../../../agents/gate/decide";
import { claim, halt, type FenceDocument, type Step } from "../../../agents/gate/document";
import { a, b, contentId, fresh, heldBy, withRecords } from "../../support/gate/fence-documents";

const ask = (h: number, step: Step, block = "X", r = 0): Ask => ({ h, r, step, block, contentId: contentId(`${step}${block}`) });

const base: Situation = { doc: heldBy(a), ledgerUp: true, role: "active", me: a, waitedMs: 0, heldMs: 0, ledgerMode: "follow", followMs: 400, commitTimeoutMs: 1000, lockRule: true, holdMs: 256_000 };
const asStandby: Situation = { ...base, role: "standby", me: b };
const doc = withRecords(heldBy(a), { h: 5, step: 2 }, { h: 5, step: 3 });

const table: readonly [string, Ask, Partial<Situation>, object][] = [
  ["the active gate writes at once", ask(5, 2), {}, { kind: "record" }],
  ["the standby waits D for a record", ask(5, 2), { ...asStandby, waitedMs: 100 }, { kind: "wait", ms: 300 }],
  ["the standby writes itself after D", ask(5, 2), { ...asStandby, waitedMs: 400 }, { kind: "record" }],
  ["once it had to write, it waits a quarter of D", ask(6, 2), { ...asStandby, doc: withRecords(heldBy(a), { h: 5, step: 3, writer: b }), waitedMs: 60 }, { kind: "wait", ms: 40 }],
  ["until the holder writes again", ask(6, 2), { ...asStandby, doc: withRecords(heldBy(a), { h: 5, step: 2, writer: b }, { h: 5, step: 3 }), waitedMs: 60 }, { kind: "wait", ms: 340 }],
  ["a recorded step is replayed, by the writer too", ask(5, 2), { doc }, { kind: "replay", entry: doc.records[0] }],
  ["a recorded step is replayed by the standby at once", ask(5, 3), { ...asStandby, doc }, { kind: "replay", entry: doc.records[1] }],
  ["an older recorded step is replayed too: precommits come late", ask(5, 2), { ...asStandby, doc }, { kind: "replay", entry: doc.records[0] }],
  ["other content for a recorded step is a conflict", ask(5, 3, "Y"), { doc }, { kind: "refuse", reason: "conflict" }],
  ["nil instead of a block is a conflict", ask(5, 2, ""), { ...asStandby, doc }, { kind: "refuse", reason: "conflict" }],
  ["an unrecorded step before the last one is a regression", ask(5, 1), { doc }, { kind: "refuse", reason: "regression" }],
  ["an earlier height is a regression", ask(4, 3), { doc }, { kind: "refuse", reason: "regression" }],
  ["below the floor", ask(8, 1), { doc: heldBy(a, fresh(9)) }, { kind: "refuse", reason: "floor" }],
  ["at the floor", ask(9, 1), { doc: heldBy(a, fresh(9)) }, { kind: "record" }],
  ["halted", ask(6, 1), { doc: halt(doc, "seen twice") }, { kind: "refuse", reason: "halted" }],
  ["halted refuses a replay too", ask(5, 2), { doc: halt(doc, "seen twice") }, { kind: "refuse", reason: "halted" }],
  ["a store that went back", ask(6, 1), { doc, halted: "index went back" }, { kind: "refuse", reason: "halted" }],
  ["quarantined: kept waiting, never refused", ask(6, 1), { doc, role: "quarantine" }, { kind: "hold" }],
  ["quarantined, but recorded: replayed", ask(5, 3), { doc, role: "quarantine" }, { kind: "replay" }],
  ["no document yet", ask(6, 1), { doc: undefined }, { kind: "hold" }],
  ["quorum gone: held", ask(6, 1), { doc, ledgerUp: false }, { kind: "hold" }],
  ["quorum gone: what is recorded is replayed", ask(5, 3), { doc, ledgerUp: false }, { kind: "replay" }],
  ["quorum gone: a known conflict is refused", ask(5, 3, "Y"), { doc, ledgerUp: false }, { kind: "refuse", reason: "conflict" }],
  ["quorum gone, chain still at this step: held", ask(6, 1), { doc, ledgerUp: false, chainHeight: 5 }, { kind: "hold" }],
  ["quorum gone, chain past this step: let go", ask(6, 1), { doc, ledgerUp: false, chainHeight: 6 }, { kind: "refuse", reason: "stale" }],
  ["quorum gone, the block is made, its late precommits still count: held", ask(6, 3), { doc, ledgerUp: false, chainHeight: 6, chainHeightMs: 900 }, { kind: "hold" }],
  ["quorum gone, the time for late precommits is over: let go", ask(6, 3), { doc, ledgerUp: false, chainHeight: 6, chainHeightMs: 1000 }, { kind: "refuse", reason: "stale" }],
  ["quorum gone, two blocks past a precommit: let go", ask(6, 3), { doc, ledgerUp: false, chainHeight: 7, chainHeightMs: 0 }, { kind: "refuse", reason: "stale" }],
  ["quorum gone for the whole budget", ask(6, 1), { doc, ledgerUp: false, heldMs: 256_000 }, { kind: "refuse", reason: "budget" }],
  ["ledger up, chain past this step: still answered, late precommits count", ask(6, 3), { doc, chainHeight: 6 }, { kind: "record" }],
  ["quorum gone while the copy says halted: not known any more", ask(6, 1), { doc: halt(doc, "x"), ledgerUp: false }, { kind: "hold" }],
];

test.each(table)("%s", (_name, request, change, expected) => {
  expect(decide(request, { ...base, ...change })).toMatchObject(expected);
});

describe("the lock: after a precommit for X", () => {
  const locked = withRecords(heldBy(a), { h: 5, step: 3, block: "X" });
  const next = (block: string): Ask => ask(5, 2, block, 1);
  const after = { ...asStandby, doc: locked, waitedMs: 500 };

  test.each<[string, Ask, Partial<Situation>, object]>([
    ["another node may not prevote Y", next("Y"), {}, { kind: "refuse", reason: "lock" }],
    ["another node may prevote X", next("X"), {}, { kind: "record" }],
    ["another node may prevote nil", next(""), {}, { kind: "record" }],
    ["the node that was given that precommit knows the lock itself", next("Y"), { lockedHere: { h: 5, block: "X" } }, { kind: "record" }],
    ["the writer's node knows it too", next("Y"), { me: a, role: "active" }, { kind: "record" }],
    ["a precommit needs two thirds of prevotes and is not barred", ask(5, 3, "Y", 1), {}, { kind: "record" }],
    ["the next height is free", ask(6, 2, "Y"), {}, { kind: "record" }],
    ["above a third of the power the rule is off", next("Y"), { lockRule: false }, { kind: "record" }],
  ])("%s", (_name, request, change, expected) => {
    expect(decide(request, { ...after, ...change })).toMatchObject(expected);
  });

  test("a precommit for nil locks nothing", () => {
    const free = withRecords(heldBy(a), { h: 5, step: 3, block: "" });
    expect(decide(next("Y"), { ...after, doc: free }).kind).toBe("record");
  });
});

describe("silent mode", () => {
  const silent: Situation = { ...base, ledgerMode: "silent" };
  const moved: FenceDocument = claim(doc, { me: b, reason: "", automatic: false, at: "", heightFence: true });

  test.each<[string, Ask, Partial<Situation>, object]>([
    ["the holder writes", ask(6, 1), { doc }, { kind: "record" }],
    ["the closed gate refuses", ask(6, 1), { doc, me: b, role: "standby" }, { kind: "refuse", reason: "closed" }],
    ["the closed gate does not even replay", ask(5, 2), { doc, me: b, role: "standby" }, { kind: "refuse", reason: "closed" }],
    ["after a planned switch the old holder finishes its height", ask(5, 3, "Y", 1), { doc: moved, role: "standby" }, { kind: "record" }],
    ["and nothing above it", ask(6, 1), { doc: moved, role: "standby" }, { kind: "refuse", reason: "closed" }],
    ["the new holder begins with the next height", ask(6, 1), { doc: moved, me: b }, { kind: "record" }],
    ["and not before", ask(5, 3, "Y", 1), { doc: moved, me: b }, { kind: "refuse", reason: "closed" }],
    ["without a quorum nobody knows who speaks: held", ask(6, 1), { doc, me: b, ledgerUp: false }, { kind: "hold" }],
  ])("%s", (_name, request, change, expected) => {
    expect(decide(request, { ...silent, ...change })).toMatchObject(expected);
  });
});
