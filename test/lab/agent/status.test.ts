import type { Member } from "../../../lab/agent/order";
import { computeStatus, phaseOf, type StatusInput } from "../../../lab/agent/status";
import { aPod, exited, member, running, t0, up } from "./fixtures";

const now = t0 + 60_500;
const input = (members: readonly Member[], more: Partial<StatusInput> = {}): StatusInput => ({
  pod: aPod(),
  members,
  podIP: "198.18.16.2",
  hostIP: "198.18.0.1",
  startTime: "2026-01-01T00:00:00Z",
  now,
  deleting: false,
  previous: [],
  ...more,
});
const conditions = (i: StatusInput): Record<string, string> => Object.fromEntries(computeStatus(i).conditions.map((c) => [c.type, c.status]));

it.each([
  ["Pending", "its init container runs", [member("init", "i", { state: running() }), member("main", "m")]],
  ["Pending", "one of two main containers was never started", [member("main", "m", up), member("main", "n")]],
  ["Running", "it runs", [member("main", "m", up)]],
  ["Running", "its main container backs off", [member("main", "m", { state: exited(1), crashes: 3 })]],
])("is %s while %s", (phase, _what, members) => {
  expect(phaseOf(aPod(), members)).toBe(phase);
});

it("is ready when every sidecar and main container is", () => {
  const members = [member("init", "i", { state: exited(0) }), member("sidecar", "s", up), member("main", "m", up)];
  expect(conditions(input(members))).toEqual({ PodReadyToStartContainers: "True", Initialized: "True", ContainersReady: "True", Ready: "True" });
  expect(conditions(input([member("sidecar", "s", { ...up, ready: false }), member("main", "m", up)]))).toMatchObject({ Initialized: "True", Ready: "False" });
  expect(conditions(input(members, { deleting: true }))).toMatchObject({ Ready: "False" });
  expect(conditions(input([member("main", "m")], { podIP: undefined }))).toMatchObject({ PodReadyToStartContainers: "False", Ready: "False" });
});

it("names what is not ready, and why nothing can be started", () => {
  const ready = (i: StatusInput) => computeStatus(i).conditions.find((c) => c.type === "Ready");
  expect(ready(input([member("main", "m", { state: running() })]))).toMatchObject({ reason: "ContainersNotReady", message: "containers with unready status: [m]" });
  expect(ready(input([member("main", "m")], { blocked: 'ConfigMap "chain/x" not found' }))).toMatchObject({ message: 'ConfigMap "chain/x" not found' });
});

it("moves a transition time only with its condition", () => {
  const before = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:01Z" }];
  const timeOf = (members: Member[]) => computeStatus(input(members, { previous: before })).conditions.find((c) => c.type === "Ready")?.lastTransitionTime;
  expect(timeOf([member("main", "m", up)])).toBe("2026-01-01T00:00:01Z");
  expect(timeOf([member("main", "m", { state: running() })])).toBe("2026-01-01T00:01:00Z");
});

it("shows a crash as the kubelet does", () => {
  const [status] = computeStatus(input([member("main", "m", { state: exited(3), starts: 4, crashes: 4 })])).containerStatuses;
  expect(status).toMatchObject({
    restartCount: 3,
    ready: false,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 30s restarting failed container=m" } },
    lastState: { terminated: { exitCode: 3, finishedAt: "2026-01-01T00:00:01Z" } },
  });
});

it("shows an end as an end when nothing follows it", () => {
  const ended = [member("main", "m", { state: exited(0) })];
  expect(computeStatus(input(ended, { pod: aPod({ restartPolicy: "Never" }) }))).toMatchObject({ phase: "Succeeded", containerStatuses: [{ state: { terminated: { exitCode: 0, reason: "Completed" } }, lastState: {} }] });
  expect(computeStatus(input(ended, { deleting: true })).containerStatuses[0]?.state).toHaveProperty("terminated");
});
