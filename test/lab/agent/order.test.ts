import { decide, initialized, outcome, type Member } from "../../../lab/agent/order";
import { aPod, exited, member, record, running, t0, up } from "./fixtures";

const now = t0 + 5000;
const pod = aPod({ restartPolicy: "Always", terminationGracePeriodSeconds: 30 });
const gated = (states: { init?: object; keys?: object; gate?: object; node?: object; probe?: object }): Member[] => [
  member("init", "init", states.init),
  member("sidecar", "keys", states.keys),
  member("sidecar", "gate", states.gate),
  member("main", "node", states.node),
  member("main", "probe", states.probe),
];

describe("start order", () => {
  it.each([
    ["nothing yet", {}, ["init"]],
    ["init runs", { init: { state: running() } }, []],
    ["init failed, its back-off is over", { init: { state: exited(1), crashes: 1 } }, ["init"]],
    ["init done", { init: { state: exited(0) } }, ["keys"]],
    ["first sidecar runs but its startup probe has not passed", { init: { state: exited(0) }, keys: { state: running() } }, []],
    ["first sidecar up", { init: { state: exited(0) }, keys: up }, ["gate"]],
    ["first sidecar ended before the second came", { init: { state: exited(0) }, keys: { state: exited(1), crashes: 1 }, gate: { state: running() } }, ["keys"]],
    ["all sidecars up", { init: { state: exited(0) }, keys: up, gate: up }, ["node", "probe"]],
    ["everything up", { init: { state: exited(0) }, keys: up, gate: up, node: up, probe: up }, []],
    ["a sidecar ended later: it alone, init is not run again", { init: { state: exited(0) }, keys: up, gate: { state: exited(137), crashes: 1 }, node: up, probe: up }, ["gate"]],
    ["the node ended well: a server has no good end", { init: { state: exited(0) }, keys: up, gate: up, node: { state: exited(0), crashes: 1 }, probe: up }, ["node"]],
  ])("%s", (_what, states, expected) => {
    expect(decide(pod, gated(states), now).start).toEqual(expected);
  });

  it("waits for the back-off and says until when", () => {
    const crashed = gated({ init: { state: exited(0) }, keys: up, gate: up, node: { state: exited(1, now), crashes: 2 }, probe: up });
    expect(decide(pod, crashed, now)).toMatchObject({ start: [], backingOff: ["node"], wakeAt: now + 10_000 });
    expect(decide(pod, crashed, now + 10_000).start).toEqual(["node"]);
  });
});

describe("the end", () => {
  const whole = { init: { state: exited(0) }, keys: up, gate: up, node: up, probe: up };
  const deadline = now + 30_000;

  it("stops main containers together, then the sidecars backwards, one by one", () => {
    const gone = { state: exited(0) };
    expect(decide(pod, gated(whole), now, deadline).stop.map((s) => s.name)).toEqual(["node", "probe"]);
    expect(decide(pod, gated({ ...whole, probe: gone, node: { ...up, stopping: { deadline, why: "" } } }), now, deadline).stop).toEqual([]);
    expect(decide(pod, gated({ ...whole, probe: gone, node: gone }), now, deadline).stop.map((s) => s.name)).toEqual(["gate"]);
    expect(decide(pod, gated({ ...whole, probe: gone, node: gone, gate: gone }), now, deadline).stop.map((s) => s.name)).toEqual(["keys"]);
    expect(decide(pod, gated({ ...whole, probe: gone, node: gone, gate: gone, keys: gone }), now, deadline)).toMatchObject({ stop: [], start: [], finished: true });
  });

  it("gives a sidecar two seconds when the grace period is used up", () => {
    const gone = { state: exited(137) };
    const late = decide(pod, gated({ ...whole, probe: gone, node: gone }), deadline + 1, deadline);
    expect(late.stop).toEqual([{ name: "gate", why: "the pod is being deleted", deadline: deadline + 2001 }]);
  });

  it("brings a deadline forward and never back", () => {
    const stopping = { ...up, stopping: { deadline, why: "" } };
    const both = gated({ ...whole, node: stopping, probe: stopping });
    expect(decide(pod, both, now, deadline + 1).stop).toEqual([]);
    expect(decide(pod, both, now, deadline - 1).stop.map((s) => s.name)).toEqual(["node", "probe"]);
  });

  it.each([
    ["Never", 0, "Succeeded"],
    ["Never", 1, "Failed"],
    ["OnFailure", 0, "Succeeded"],
    ["OnFailure", 1, undefined],
    ["Always", 0, undefined],
  ])("restartPolicy %s, exit code %d: %s", (restartPolicy, code, expected) => {
    const members = [member("sidecar", "gate", up), member("main", "node", { state: exited(code) })];
    expect(outcome(aPod({ restartPolicy }), members)).toBe(expected);
    if (expected) expect(decide(aPod({ restartPolicy }), members, now).stop.map((s) => s.name)).toEqual(["gate"]);
  });

  it("fails a pod that must not be restarted when its init container fails", () => {
    const members = [member("init", "init", { state: exited(2) }), member("main", "node")];
    expect(outcome(aPod({ restartPolicy: "Never" }), members)).toBe("Failed");
    expect(decide(aPod({ restartPolicy: "Never" }), members, now)).toMatchObject({ start: [], finished: true });
  });
});

it("counts a pod as initialized for good once a main container was started", () => {
  expect(initialized([member("sidecar", "gate", { state: exited(1) }), member("main", "node", { ...record("node"), starts: 1, state: running() })])).toBe(true);
  expect(initialized([member("sidecar", "gate", { state: running() }), member("main", "node")])).toBe(false);
});
