import {
  activeDesire,
  automaticFailoversSince,
  claim,
  clearHalt,
  consecutiveWrites,
  findRecord,
  halt,
  isHolder,
  lastRecord,
  pause,
  release,
  renew,
  requestSwitchover,
  resume,
} from "../../../agents/gate/document";
import { decodeDocument, DocumentUnreadable, encodeDocument } from "../../../agents/gate/document-codec";
import { a, b, fresh, heldBy, withRecords } from "../../support/gate/fence-documents";

const at = "2026-01-01T00:00:00.000Z";

describe("the lease", () => {
  test("every change raises seq; only claims and renewals raise leaseSeq", () => {
    const held = heldBy(a);
    const recorded = withRecords(held, { h: 1, step: 1 });
    const renewed = renew(recorded, a);
    expect([held.seq, recorded.seq, renewed?.seq]).toEqual([2, 3, 4]);
    expect([held.leaseSeq, recorded.leaseSeq, renewed?.leaseSeq]).toEqual([1, 1, 2]);
  });

  test("only the process that holds it can renew or release", () => {
    const held = heldBy(a);
    expect(renew(held, b)).toBeUndefined();
    expect(renew(held, { ...a, instance: "a-2" })).toBeUndefined();
    expect(release(held, b, "x")).toBeUndefined();
    expect(renew(release(held, a, "x") ?? held, a)).toBeUndefined();
  });

  test("a claim takes a new epoch and keeps floor, lineage and records", () => {
    const before = withRecords(heldBy(a), { h: 7, step: 2 });
    const after = claim(before, { me: b, reason: "a is gone", automatic: true, at });
    expect(after).toMatchObject({ epoch: 2, holder: b, floor: before.floor, lineage: before.lineage, records: before.records });
    expect(after.failovers).toEqual([expect.objectContaining({ from: undefined, to: "a" }), { at, from: "a", to: "b", epoch: 2, automatic: true, reason: "a is gone" }]);
  });

  test("a claim of the same region after a restart is no failover", () => {
    expect(claim(heldBy(a), { me: { ...a, instance: "a-2" }, reason: "restart", automatic: true, at }).failovers).toHaveLength(1);
  });

  test("at a planned switch in silent mode the old holder keeps the height it is at", () => {
    const before = withRecords(heldBy(a), { h: 7, step: 2 });
    expect(claim(before, { me: b, reason: "", automatic: false, at, heightFence: true }).handover).toEqual({ holder: a, untilHeight: 7 });
    expect(claim(before, { me: b, reason: "", automatic: false, at }).handover).toBeUndefined();
  });
});

describe("the ledger", () => {
  test("keeps three heights", () => {
    const doc = withRecords(heldBy(a), { h: 1, step: 2 }, { h: 1, step: 3 }, { h: 2, step: 3 }, { h: 3, step: 3 }, { h: 4, step: 2 });
    expect(doc.records.map((r) => r.h)).toEqual([2, 3, 4]);
    expect(lastRecord(doc)?.h).toBe(4);
    expect(findRecord(doc, { h: 3, r: 0, step: 3 })?.block).toBe("X");
  });

  test("never goes back: height, round and step only rise", () => {
    const doc = withRecords(heldBy(a), { h: 5, r: 1, step: 2 });
    for (const wrong of [{ h: 5, r: 1, step: 2 }, { h: 5, r: 1, step: 1 }, { h: 5, r: 0, step: 3 }, { h: 4, r: 9, step: 3 }] as const) {
      expect(() => withRecords(doc, wrong)).toThrow("cannot follow");
    }
    expect(() => withRecords(fresh(10), { h: 9, step: 1 })).toThrow("below the floor");
  });

  test("writes in a row count only those since the last change of the holder", () => {
    const doc = withRecords(heldBy(a), { h: 1, step: 2, writer: b }, { h: 1, step: 3, writer: a }, { h: 2, step: 2, writer: b }, { h: 2, step: 3, writer: b });
    expect(consecutiveWrites(doc, b)).toBe(2);
    expect(consecutiveWrites(doc, a)).toBe(0);
    expect(consecutiveWrites(claim(doc, { me: a, reason: "", automatic: true, at }), b)).toBe(0);
  });
});

describe("what operators ask for", () => {
  test("a switchover ends with its expiry, its fulfilment, or an emergency", () => {
    const wish = { region: "b", by: "ann", expires: "2026-01-01T00:01:00.000Z" };
    const doc = requestSwitchover(heldBy(a), wish);
    expect(activeDesire(doc, Date.parse("2026-01-01T00:00:59.000Z"))).toEqual(wish);
    expect(activeDesire(doc, Date.parse("2026-01-01T00:01:01.000Z"))).toBeUndefined();
    expect(claim(doc, { me: b, reason: "", automatic: false, at }).desired).toBeUndefined();
    expect(renew(requestSwitchover(heldBy(b), wish), b)?.desired).toBeUndefined();
    expect(renew(doc, a)?.desired).toEqual(wish);
  });

  test("pause and resume leave the holder alone", () => {
    const paused = pause(heldBy(a), "ann", at);
    expect(paused.paused).toEqual({ by: "ann", at });
    expect(isHolder(paused, a)).toBe(true);
    expect(resume(paused).paused).toBeUndefined();
  });

  test("a cleared halt leaves nobody as holder, and a floor that never sinks", () => {
    const halted = halt(withRecords(heldBy(a), { h: 5, step: 3 }), "seen twice");
    expect(isHolder(halted, a)).toBe(false);
    expect(clearHalt(halted, "ann", 9)).toMatchObject({ state: "RELEASED", floor: { h: 9 } });
    expect(clearHalt(clearHalt(halted, "ann", 9), "ann", 3).floor.h).toBe(9);
  });

  test("only automatic failovers of the last hour count", () => {
    let doc = heldBy(a);
    doc = claim(doc, { me: b, reason: "", automatic: true, at: "2026-01-01T10:00:00.000Z" });
    doc = claim(doc, { me: a, reason: "", automatic: true, at: "2026-01-01T11:30:00.000Z" });
    doc = claim(doc, { me: b, reason: "", automatic: false, at: "2026-01-01T11:40:00.000Z" });
    expect(automaticFailoversSince(doc, Date.parse("2026-01-01T11:00:00.000Z"))).toBe(1);
  });
});

describe("the document as text", () => {
  test("comes back the same", () => {
    const doc = withRecords(requestSwitchover(heldBy(a), { region: "b", by: "x", expires: at }), { h: 3, step: 1 });
    expect(decodeDocument(encodeDocument(doc))).toEqual(JSON.parse(JSON.stringify(doc)));
  });

  test.each(["", "{}", "[]", JSON.stringify({ ...heldBy(a), epoch: -1 }), JSON.stringify({ ...heldBy(a), v: 2 })])("anything else is unreadable, never free: %s", (text) => {
    expect(() => decodeDocument(text)).toThrow(DocumentUnreadable);
  });
});
