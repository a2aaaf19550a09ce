import type { ChainReference, CommitVote, HeadView } from "../../../agents/gate/chain-view";
import { Bell, systemClock } from "../../../agents/gate/clock";
import { parseTimestamp } from "../../../agents/gate/doppelganger";
import { create } from "../../../agents/gate/document";
import { fromSeed } from "../../../agents/gate/key";
import { Ledger } from "../../../agents/gate/ledger";
import { Observer } from "../../../agents/gate/observer";
import { emptyVote } from "../../../agents/gate/wire/consensus";
import { voteSignBytes } from "../../../agents/gate/wire/canonical";
import { withRecords } from "../../support/gate/fence-documents";
import { MemoryStore, Register } from "../../support/gate/memory-store";

const key = fromSeed(Buffer.alloc(32, 1));
const blockId = { hash: Buffer.alloc(32, 2), partsTotal: 1, partsHash: Buffer.alloc(32, 3) };
const timestamp = "2026-01-01T00:00:00.000000123Z";

/** Our precommit at a height, signed with a key of the test's choice. */
function commitVote(height: number, signer = key): CommitVote {
  const vote = { ...emptyVote, type: 2, height, round: 0, blockId, timestamp: parseTimestamp(timestamp) };
  return { height, round: 0, blockId, timestamp, forBlock: true, signature: signer.sign(voteSignBytes("c-1", vote)) };
}

function reference(name: string, height: number | undefined, vote?: CommitVote): ChainReference {
  const head: HeadView = { height: height ?? 0, headTimeMs: 0, catchingUp: false };
  const answer = <T>(value: T): Promise<T> => (height === undefined ? Promise.reject(new Error(`${name} is silent`)) : Promise.resolve(value));
  return { name, head: () => answer(head), commitVote: () => answer(vote) };
}

const running: AbortController[] = [];
afterEach(() => running.splice(0).forEach((one) => one.abort()));

async function observe(references: readonly ChainReference[], node = reference("own", 10)): Promise<Observer> {
  const doc = withRecords(create({ lineage: "l", chain: "c", address: key.address, floor: 1 }), { h: 10, step: 3 });
  const bell = new Bell(systemClock);
  const ledger = new Ledger(new MemoryStore(new Register(1, doc), () => Promise.resolve(), () => "ok"), systemClock, bell, { latency: () => undefined, down: () => undefined, up: () => undefined, regressed: () => undefined });
  await ledger.refresh();
  const observer = new Observer(node, references, ledger, () => key, "c-1", systemClock, bell);
  const over = new AbortController();
  running.push(over);
  observer.run(over.signal).catch(() => undefined);
  await systemClock.sleep(60);
  return observer;
}

test("heights of those that answer; the problem of those that do not", async () => {
  const observer = await observe([reference("one", 11), reference("two", undefined), reference("three", 12)]);
  expect(observer.referenceHeights()).toEqual([11, 12]);
  expect(observer.chainHeight()).toBe(11);
  expect(observer.headOfNode()?.height).toBe(10);
  expect([...observer.problems]).toEqual([["two", "two is silent"]]);
});

test.each<[string, readonly ChainReference[], string]>([
  ["our signature is in the ledger", [reference("one", 10, commitVote(10))], "clear"],
  ["no signature of ours", [reference("one", 10)], "clear"],
  ["a signature that the ledger does not know", [reference("one", 11, commitVote(11))], "seen"],
  ["a node that invents one is not believed", [reference("one", 11, commitVote(11, fromSeed(Buffer.alloc(32, 9))))], "clear"],
  ["the first is silent: another is asked", [reference("one", undefined), reference("two", 11, commitVote(11))], "seen"],
  ["all are silent", [reference("one", undefined)], "unknown"],
  ["the chain has no block yet", [reference("one", 0)], "clear"],
  ["none configured: the own node is asked", [], "clear"],
])("%s", async (_name, references, expected) => {
  expect((await observe(references)).doppelganger().kind).toBe(expected);
});

test("times as Go prints them, to the nanosecond", () => {
  expect(parseTimestamp("2026-01-01T00:00:00.000000123Z")).toEqual({ s: 1767225600, n: 123 });
  expect(parseTimestamp("2026-01-01T00:00:00.5Z")).toEqual({ s: 1767225600, n: 500_000_000 });
  expect(parseTimestamp("2026-01-01T00:00:00Z")).toEqual({ s: 1767225600, n: 0 });
});
