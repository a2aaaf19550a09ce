import { halt, type FenceDocument } from "../../../agents/gate/document";
import type { Facts, Precondition } from "../../../agents/gate/preconditions";
import { plan, quarantine, roleOf, type PlanInput, type QuarantineInput } from "../../../agents/gate/role";
import { a, address, b, heldBy } from "../../support/gate/fence-documents";

const timing = { renewMs: 1000, leaseMs: 4000, waitMs: 5000, raftMultiplier: 1 };
const facts: Facts = {
  node: { height: 50, headTimeMs: 0, catchingUp: false },
  connected: true,
  referencesConfigured: 3,
  references: [50, 51, 50],
  nodeHasKey: true,
  key: { address, problem: "" },
  doppelganger: { kind: "clear", detail: "" },
  free: { free: true, detail: "free" },
};
const all = (failing?: Precondition["id"]): readonly Precondition[] =>
  (["P1", "P2", "P6", "P7", "P8", "P10", "P11"] as const).map((id) => ({ id, title: id, ok: id !== failing, detail: id === "P6" ? "paused by ann" : "" }));
const input: PlanInput = {
  doc: heldBy(a),
  ledgerUp: true,
  me: b,
  preferredRegion: "a",
  timing,
  now: 100_000,
  facts,
  preconditions: all(),
  freedom: { free: true, automatic: true, detail: "a is gone" },
  unfit: "",
  stopping: false,
};
const asHolder: Partial<PlanInput> = { me: a, lastRenewalSentAt: 99_500 };
const paused: FenceDocument = { ...heldBy(a), paused: { by: "ann", at: "" } };

test.each<[string, Partial<PlanInput>, object]>([
  ["a free document and every precondition", {}, { do: "claim", automatic: true, reason: "a is gone" }],
  ...(["P1", "P2", "P6", "P7", "P8", "P10", "P11"] as const).map((id): [string, Partial<PlanInput>, object] => [`no claim without ${id}`, { preconditions: all(id) }, { do: "nothing" }]),
  ["not free", { freedom: { free: false, detail: "held" } }, { do: "nothing", why: "held" }],
  ["a planned switch needs no budget", { preconditions: all("P10"), freedom: { free: true, automatic: false, planned: true, detail: "" } }, { do: "claim", planned: true }],
  ["a planned switch goes through a pause", { doc: paused, preconditions: all("P6"), freedom: { free: true, automatic: false, planned: true, detail: "" } }, { do: "claim" }],
  ["a planned switch needs a fit node", { preconditions: all("P2"), freedom: { free: true, automatic: false, planned: true, detail: "" } }, { do: "nothing" }],
  ["nothing without a quorum", { ledgerUp: false }, { do: "nothing" }],
  ["the holder renews every R", { ...asHolder, lastRenewalSentAt: 99_000 }, { do: "renew" }],
  ["and not more often", asHolder, { do: "nothing" }],
  ["an unfit holder lets go", { ...asHolder, unfit: "the node is gone" }, { do: "release", reason: "the node is gone" }],
  ["a quarantined holder lets go", { ...asHolder, facts: { ...facts, quarantine: "catching up" } }, { do: "release" }],
  ["a stopping holder lets go first of all", { ...asHolder, stopping: true }, { do: "release" }],
  ["a stopping standby claims nothing", { stopping: true }, { do: "nothing" }],
  ["a foreign signature halts", { facts: { ...facts, doppelganger: { kind: "seen", height: 60, detail: "seen" } } }, { do: "halt", reason: "seen" }],
  ["and the holder too", { ...asHolder, facts: { ...facts, doppelganger: { kind: "seen", height: 60, detail: "seen" } } }, { do: "halt" }],
  ["a halted document is left alone", { doc: halt(heldBy(a), "x") }, { do: "nothing" }],
  ["the preferred region makes the document, above the head", { doc: undefined, me: a, missingSince: 100_000 }, { do: "create", floor: 51 }],
  ["the other one waits W", { doc: undefined, missingSince: 95_001 }, { do: "nothing" }],
  ["and then makes it", { doc: undefined, missingSince: 95_000 }, { do: "create" }],
  ["nobody makes it while the key signs elsewhere", { doc: undefined, me: a, preconditions: all("P11") }, { do: "nothing" }],
])("%s", (_name, change, expected) => {
  expect(plan({ ...input, ...change })).toMatchObject(expected);
});

test("active is who holds the document with a fresh lease, and nobody else", () => {
  const doc = heldBy(a);
  expect(roleOf(doc, a, undefined, 99_000, 100_000, timing)).toBe("active");
  expect(roleOf(doc, a, undefined, 95_000, 100_000, timing)).toBe("standby");
  expect(roleOf(doc, a, undefined, undefined, 100_000, timing)).toBe("standby");
  expect(roleOf(doc, { ...a, instance: "a-2" }, undefined, 99_000, 100_000, timing)).toBe("standby");
  expect(roleOf(doc, a, "catching up", 99_000, 100_000, timing)).toBe("quarantine");
});

const trusted: QuarantineInput = { current: undefined, goodInARow: 0, facts, doc: heldBy(a) };
const starting: QuarantineInput = { ...trusted, current: "starting", goodInARow: 2 };
const node = (height: number, catchingUp: boolean): Facts => ({ ...facts, node: { height, headTimeMs: 0, catchingUp } });

test.each<[string, QuarantineInput, RegExp | undefined]>([
  ["left after two good evaluations", starting, undefined],
  ["not after one", { ...starting, goodInARow: 1 }, /checking/],
  ["not without a document", { ...starting, doc: undefined }, /no fence document/],
  ["not without a node", { ...starting, facts: { ...facts, connected: false } }, /does not answer/],
  ["not while the node is behind", { ...starting, facts: node(48, false) }, /catching up/],
  ["a node that stands at the chain's head is trusted although it says it syncs: the chain may wait for it", { ...starting, facts: node(50, true) }, undefined],
  ["entered when the node catches up", { ...trusted, facts: node(40, true) }, /catching up/],
  ["not entered for a lag alone: a frozen node lags too", { ...trusted, facts: node(40, false) }, undefined],
  ["not entered because the node is away", { ...trusted, facts: { ...facts, connected: false, node: undefined } }, undefined],
  ["halted", { ...trusted, doc: halt(heldBy(a), "x") }, /halted/],
  ["the store went back", { ...trusted, ledgerHalted: "went back" }, /went back/],
  ["the key file changed", { ...trusted, facts: { ...facts, key: { address, problem: "another key" } } }, /another key/],
  ["the key is not the document's", { ...trusted, facts: { ...facts, key: { address: "FF", problem: "" } } }, /belongs to/],
  ["maintenance", { ...trusted, maintenance: "maintenance" }, /maintenance/],
])("quarantine: %s", (_name, i, expected) => {
  if (expected === undefined) expect(quarantine(i)).toBeUndefined();
  else expect(quarantine(i)).toMatch(expected);
});
