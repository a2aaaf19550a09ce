import { createHash } from "node:crypto";
import fc from "fast-check";
import { Bell, type Clock } from "../../../agents/gate/clock";
import { claim, create, type Holder } from "../../../agents/gate/document";
import { fromSeed } from "../../../agents/gate/key";
import { Ledger } from "../../../agents/gate/ledger";
import { Signer } from "../../../agents/gate/signer";
import type { FenceStore } from "../../../agents/gate/store";
import { emptyProposal, emptyVote, nilBlock } from "../../../agents/gate/wire/consensus";
import type { Request, Response } from "../../../agents/gate/wire/messages";
import { a, b } from "../../support/gate/fence-documents";
import { MemoryStore, Register, type Fate } from "../../support/gate/memory-store";
import { MutantStore } from "../../support/gate/mutant-store";

/**
 * Two shipped signers and ledgers over one register, under full asynchrony: the scheduler decides when anything happens,
 * time passes as it likes, replies are lost, writes come late, connections break, and both gates may believe to be active.
 */
const key = fromSeed(createHash("sha256").update("property test").digest());
const chainId = "c-1";

interface Want {
  readonly step: number;
  readonly block: "X" | "Y" | "";
  /** The node drops the connection once while it waits, and asks again. */
  readonly drops: boolean;
}

const want = fc.record({ step: fc.nat(17), block: fc.constantFrom<Want["block"]>("X", "X", "Y", ""), drops: fc.boolean() });
const fates = fc.array(fc.constantFrom<Fate>("ok", "ok", "ok", "request lost", "reply lost", "late"), { maxLength: 60 });
const scenario = fc.record({
  scheduler: fc.scheduler(),
  wants: fc.tuple(fc.array(want, { minLength: 1, maxLength: 12 }), fc.array(want, { minLength: 1, maxLength: 12 })),
  fates,
  roles: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
  lockRule: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

test("never two contents, never two byte strings, for one height, round and step", async () => {
  await fc.assert(fc.asyncProperty(scenario, (s) => holds(s, (store) => store)), { numRuns: 150 });
}, 60_000);

test("the same property finds a violation when compare-and-set does not compare", async () => {
  const result = await fc.check(fc.asyncProperty(scenario, (s) => holds(s, (store, clock) => new MutantStore(store, (ms) => clock.sleep(ms)))), { numRuns: 150, endOnFailure: true });
  expect(result.failed).toBe(true);
  expect(String(result.errorInstance)).toContain("two signatures");
}, 60_000);

async function holds(s: Scenario, wrap: (store: FenceStore, clock: Clock) => FenceStore): Promise<void> {
  const register = new Register(1, claim(create({ lineage: "l", chain: "c", address: key.address, floor: 1 }), { me: a, reason: "", automatic: false, at: "" }));
  const pending = [...s.fates];
  let time = 0;
  const clock: Clock = { now: () => (time += 40), wall: () => 0, sleep: () => s.scheduler.schedule(Promise.resolve(), "sleep") };
  const store = (): FenceStore => wrap(new MemoryStore(register, (label) => s.scheduler.schedule(Promise.resolve(), label), () => pending.pop() ?? "ok"), clock);
  const released = new Map<string, string>();
  const over = new AbortController();
  let asked = 0;
  const gates = [a, b].map((me: Holder) => {
    const bell = new Bell(clock);
    const ledger = new Ledger(store(), clock, bell, { latency: () => undefined, down: () => undefined, up: () => undefined, regressed: () => undefined });
    const role = (): "active" | "standby" => (s.roles[asked++ % s.roles.length] ? "active" : "standby");
    const view = { role, key: () => key, shown: () => key, chainHeight: () => undefined, chainHeightSince: () => 0 };
    const settings = { chainId, ledgerMode: "follow", followMs: 400, commitTimeoutMs: 1000, lockRule: s.lockRule, holdSeconds: 1e9, me } as const;
    const signer = new Signer(settings, ledger, view, clock, bell, { outcome: () => undefined });
    return { ledger, signer, following: ledger.follow(over.signal) };
  });
  const nodes = gates.map(async ({ signer }, i) => {
    const mine = [...(s.wants[i] ?? [])].sort((x, y) => x.step - y.step);
    for (const [n, one] of mine.entries()) {
      const request = requestFor(one, 1000 * i + n);
      if (one.drops) {
        const dropped = new AbortController();
        const first = signer.answer(request, dropped.signal);
        await s.scheduler.schedule(Promise.resolve(), "drop").then(() => dropped.abort());
        note(released, one, await first);
      }
      note(released, one, await signer.answer(request, new AbortController().signal));
    }
  });
  await s.scheduler.waitFor(Promise.all(nodes));
  over.abort();
  for (const { ledger } of gates) if (ledger.halted !== undefined) throw new Error(`halted without a reason: ${ledger.halted}`);
}

/** Three heights, two rounds, three steps. */
function requestFor(one: Want, nonce: number): Request {
  const height = 1 + Math.floor(one.step / 6);
  const round = Math.floor(one.step / 3) % 2;
  const blockId = one.block === "" ? nilBlock : { hash: Buffer.from(one.block), partsTotal: 1, partsHash: Buffer.from("p") };
  const timestamp = { s: 1_700_000_000, n: nonce };
  if (one.step % 3 === 0) return { kind: "proposal", chainId, proposal: { ...emptyProposal, type: 32, height, round, polRound: -1, blockId, timestamp } };
  return { kind: "vote", chainId, skipExtension: true, vote: { ...emptyVote, type: one.step % 3, height, round, blockId, timestamp } };
}

function note(released: Map<string, string>, one: Want, response: Response | undefined): void {
  if (response?.kind !== "vote" && response?.kind !== "proposal") return;
  const signature = (response.kind === "vote" ? response.vote : response.proposal).signature.toString("hex");
  const known = released.get(String(one.step));
  if (known !== undefined && known !== signature) throw new Error(`two signatures for step ${one.step}`);
  released.set(String(one.step), signature);
}
