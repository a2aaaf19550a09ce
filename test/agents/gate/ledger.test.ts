import { Bell, systemClock } from "../../../agents/gate/clock";
import { claim, renew, type FenceDocument } from "../../../agents/gate/document";
import { DocumentUnreadable } from "../../../agents/gate/document-codec";
import { Ledger } from "../../../agents/gate/ledger";
import { StoreUnavailable, type CasResult, type FenceStore, type Reading } from "../../../agents/gate/store";
import { a, b, fresh, heldBy, withRecords } from "../../support/gate/fence-documents";

/** A store whose next answers are written down by the test. */
class Script implements FenceStore {
  reading: Reading | Error = { index: 5, doc: heldBy(a) };
  casResult: CasResult | Error = { kind: "written", index: 6 };
  readonly written: FenceDocument[] = [];
  waits = 0;

  read(): Promise<Reading> {
    return this.reading instanceof Error ? Promise.reject(this.reading) : Promise.resolve(this.reading);
  }

  readFromAny(): Promise<Reading> {
    return this.read();
  }

  async wait(_index: number, _ms: number, signal: AbortSignal): Promise<Reading> {
    this.waits++;
    await systemClock.sleep(5, signal);
    return this.read();
  }

  async cas(_index: number, doc: FenceDocument): Promise<CasResult> {
    this.written.push(doc);
    if (this.casResult instanceof Error) throw this.casResult;
    return this.casResult;
  }
}

const over: AbortController[] = [];
afterEach(() => over.splice(0).forEach((o) => o.abort()));

function following(store: Script): { ledger: Ledger; seen: string[] } {
  const seen: string[] = [];
  const ledger = new Ledger(store, systemClock, new Bell(systemClock), { latency: () => undefined, down: (c) => seen.push(`down ${c}`), up: () => seen.push("up"), regressed: (w) => seen.push(`regressed ${w}`) });
  const stop = new AbortController();
  over.push(stop);
  ledger.follow(stop.signal).catch((error: unknown) => seen.push(String(error)));
  return { ledger, seen };
}

async function becomes(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await systemClock.sleep(5);
  expect(condition()).toBe(true);
}

test("is down until the first answer, and again when the store is silent", async () => {
  const store = new Script();
  const { ledger, seen } = following(store);
  expect(ledger.up).toBe(false);
  await becomes(() => ledger.up);
  store.reading = new StoreUnavailable("no leader");
  await becomes(() => !ledger.up);
  expect(ledger.cause).toBe("no leader");
  store.reading = { index: 5, doc: heldBy(a) };
  await becomes(() => ledger.up);
  expect(ledger.lastOutageMs).toBeGreaterThan(50);
  expect(seen).toEqual(["up", "down no leader", "up"]);
});

test("a write is one compare-and-set on the newest document", async () => {
  const store = new Script();
  const { ledger } = following(store);
  await becomes(() => ledger.up);
  store.reading = { index: 6, doc: renew(heldBy(a), a) };
  expect(await ledger.write((doc) => doc && renew(doc, a))).toBe("written");
  expect(ledger.doc?.leaseSeq).toBe(2);
  expect(await ledger.write(() => undefined)).toBe("nothing");
  expect(store.written).toHaveLength(1);
});

test("an unknown outcome is never repeated: the ledger is down until it has been read again", async () => {
  const store = new Script();
  const { ledger } = following(store);
  await becomes(() => ledger.up);
  const next = withRecords(heldBy(a), { h: 3, step: 2 });
  store.casResult = new StoreUnavailable("timed out");
  store.reading = new StoreUnavailable("silent");
  expect(await ledger.write(() => next)).toBe("unknown");
  expect(ledger.up).toBe(false);
  expect(await ledger.write(() => next)).toBe("unknown");
  expect(store.written).toHaveLength(1);
  store.reading = { index: 6, doc: next };
  await becomes(() => ledger.up);
  expect(ledger.doc?.records).toHaveLength(1);
});

test("a stale index leads to a read", async () => {
  const store = new Script();
  const { ledger } = following(store);
  await becomes(() => ledger.up);
  store.casResult = { kind: "stale" };
  store.reading = { index: 9, doc: claim(heldBy(a), { me: b, reason: "", automatic: true, at: "" }) };
  expect(await ledger.write((doc) => doc && renew(doc, a))).toBe("stale");
  expect(ledger.doc?.holder).toEqual(b);
});

test("the lease's age counts changes of the lease, not of the records", async () => {
  const store = new Script();
  const { ledger } = following(store);
  await becomes(() => ledger.up);
  const seenAt = ledger.leaseSeenAt;
  store.reading = { index: 7, doc: withRecords(heldBy(a), { h: 3, step: 2, writer: b }) };
  await becomes(() => ledger.doc?.records.length === 1);
  expect(ledger.leaseSeenAt).toBe(seenAt);
  store.reading = { index: 8, doc: renew(withRecords(heldBy(a), { h: 3, step: 2, writer: b }), a) };
  await becomes(() => ledger.doc?.leaseSeq === 2);
  expect(ledger.leaseSeenAt).toBeGreaterThan(seenAt);
});

const newer = renew(heldBy(a), a) as FenceDocument;
test.each<[string, Reading | Error, RegExp]>([
  ["the key was deleted", { index: 0 }, /document is gone/],
  ["the store's index went back", { index: 3, doc: newer }, /index went back from 5 to 3/],
  ["the epoch went back", { index: 9, doc: { ...newer, epoch: 0 } }, /epoch went back/],
  ["the sequence went back", { index: 9, doc: { ...newer, seq: 1 } }, /sequence went back/],
  ["the floor went back", { index: 9, doc: { ...newer, floor: { h: 0 } } }, /floor went back/],
  ["the document was replaced", { index: 9, doc: { ...fresh(), lineage: "other" } }, /replaced/],
  ["the document is unreadable", new DocumentUnreadable("it is not JSON"), /cannot be read/],
])("nothing is written any more after: %s", async (_name, reading, expected) => {
  const store = new Script();
  store.reading = { index: 5, doc: newer };
  const { ledger, seen } = following(store);
  await becomes(() => ledger.up);
  store.reading = reading;
  await becomes(() => ledger.halted !== undefined);
  expect(ledger.halted).toMatch(expected);
  expect(seen.filter((s) => s.startsWith("regressed"))).toHaveLength(1);
  store.reading = { index: 10, doc: newer };
  expect(await ledger.write((doc) => doc && renew(doc, a))).toBe("unknown");
  expect(store.written).toHaveLength(0);
});

test("an operation from before the quorum came back does not take it away again", async () => {
  const store = new Script();
  const { ledger, seen } = following(store);
  await becomes(() => ledger.up);
  let fail: (error: Error) => void = () => undefined;
  store.cas = () => new Promise((_resolve, reject) => (fail = reject));
  const outcome = ledger.write((doc) => doc && renew(doc, a));
  await systemClock.sleep(5);
  store.reading = new StoreUnavailable("the server is cut off");
  await becomes(() => !ledger.up);
  store.reading = { index: 5, doc: heldBy(a) };
  await becomes(() => ledger.up);
  fail(new StoreUnavailable("no answer"));
  // It is read again, because what became of the write is not known.
  expect(await outcome).toBe("stale");
  expect(ledger.up).toBe(true);
  expect(seen).toEqual(["up", "down the server is cut off", "up"]);
});
