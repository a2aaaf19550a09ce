import { claim, pause } from "../../../agents/gate/document";
import { agreedHeight, fitForSwitchover, lag, median, preconditions, promotable, type Facts, type Precondition } from "../../../agents/gate/preconditions";
import { a, address, b, fresh, heldBy, withRecords } from "../../support/gate/fence-documents";

const now = Date.parse("2026-01-01T12:00:00.000Z");
const settings = { blockTimeMs: 5000, failoversPerHour: 3 };
const facts: Facts = {
  node: { height: 50, headTimeMs: now - 3000, catchingUp: false },
  connected: true,
  referencesConfigured: 3,
  references: [50, 51, 50],
  nodeHasKey: true,
  key: { address, problem: "" },
  doppelganger: { kind: "clear", detail: "" },
  free: { free: true, detail: "free" },
};
const doc = withRecords(heldBy(a), { h: 50, step: 3 });
const node = (change: Partial<NonNullable<Facts["node"]>>): Partial<Facts> => ({ node: { height: 50, headTimeMs: now - 3000, catchingUp: false, ...change } });
const failing = (list: readonly Precondition[]): string[] => list.filter((p) => !p.ok).map((p) => p.id);

let flapping = doc;
for (const [me, minute] of [[b, "10"], [a, "20"], [b, "30"]] as const) flapping = claim(flapping, { me, reason: "", automatic: true, at: `2026-01-01T11:${minute}:00.000Z` });

test.each<[string, Partial<Facts>, typeof doc | undefined, string[]]>([
  ["all hold", {}, doc, []],
  ["the node is not connected", { connected: false }, doc, ["P2"]],
  ["the node is silent", { node: undefined }, doc, ["P2"]],
  ["the node catches up", node({ catchingUp: true }), doc, ["P2"]],
  ["one block behind is fine", node({ height: 49 }), doc, []],
  ["two blocks behind is not", node({ height: 48 }), doc, ["P2"]],
  ["an old head, and the chain goes on", { ...node({ height: 49, headTimeMs: now - 16_000 }), references: [50, 50, 50] }, doc, ["P2"]],
  ["an old head everywhere: the chain may wait for us", node({ headTimeMs: now - 60_000, height: 50 }), doc, []],
  ["no independent node answers", { references: [] }, doc, ["P2"]],
  ["none is configured: the node is judged alone", { references: [], referencesConfigured: 0 }, doc, []],
  ["quarantined", { quarantine: "starting" }, doc, ["P6"]],
  ["the node has not read the real key yet", { nodeHasKey: false }, doc, ["P6"]],
  ["paused", {}, pause(doc, "ann", ""), ["P6"]],
  ["no key yet", { key: { problem: "not rendered" } }, doc, ["P7"]],
  ["the other region's key is a different one", { key: { address: "FF", problem: "" } }, doc, ["P7"]],
  ["a floor far above the chain", {}, heldBy(a, fresh(61)), ["P8"]],
  ["a floor ten above the chain", {}, heldBy(a, fresh(60)), []],
  ["three failovers within the hour", {}, flapping, ["P10"]],
  ["not searched for our signature", { doppelganger: { kind: "unknown", detail: "" } }, doc, ["P11"]],
  ["our signature where we did not sign", { doppelganger: { kind: "seen", height: 60, detail: "" } }, doc, ["P11"]],
  ["held by another", { free: { free: false, detail: "held" } }, doc, ["P1"]],
])("%s", (_name, change, document, expected) => {
  const list = preconditions(document, { ...facts, ...change }, settings, now);
  expect(list.map((p) => p.id)).toEqual(["P1", "P2", "P6", "P7", "P8", "P10", "P11"]);
  expect(failing(list)).toEqual(expected);
  expect(promotable(list)).toBe(expected.length === 0);
  expect(list.every((p) => p.ok || p.detail !== "" || p.id === "P11")).toBe(true);
});

test("a planned switch looks past the holder, the budget and a pause, and past nothing else", () => {
  const list = (change: Partial<Facts>, document = doc): readonly Precondition[] => preconditions(document, { ...facts, ...change }, settings, now);
  expect(fitForSwitchover(list({ free: { free: false, detail: "" } }), doc)).toBe(true);
  expect(fitForSwitchover(list({}, flapping), flapping)).toBe(true);
  expect(fitForSwitchover(list({}, pause(doc, "ann", "")), pause(doc, "ann", ""))).toBe(true);
  expect(fitForSwitchover(list({ quarantine: "x" }, pause(doc, "ann", "")), pause(doc, "ann", ""))).toBe(false);
  expect(fitForSwitchover(list({ connected: false }), doc)).toBe(false);
});

test("one independent node alone cannot make a step stale", () => {
  expect(agreedHeight([])).toBeUndefined();
  expect(agreedHeight([7])).toBe(7);
  expect(agreedHeight([7, 999])).toBe(7);
  expect(agreedHeight([7, 999, 8])).toBe(8);
  expect(median([7, 999, 8])).toBe(8);
  expect(lag({ node: { height: 5, headTimeMs: 0, catchingUp: false }, references: [8, 8, 9] })).toBe(3);
  expect(lag({ node: { height: 9, headTimeMs: 0, catchingUp: false }, references: [8] })).toBe(0);
  expect(lag({ references: [8] })).toBeUndefined();
});
