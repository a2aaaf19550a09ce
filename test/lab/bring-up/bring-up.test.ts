import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GateStatus } from "../../../agents/gate/status";
import { forgetApplied, programFingerprint, recordApplied, wasApplied } from "../../../lab/bring-up/fingerprint";
import { checkMachine, problemsOf, type Machine } from "../../../lab/bring-up/machine";
import { missingOf } from "../../../lab/bring-up/producing";
import { stackGroups } from "../../../lab/bring-up/program";
import { isRolledOut } from "../../../lab/bring-up/rollout";
import { worldNetworkOf } from "../../../lab/bring-up/servers";
import { Steps } from "../../../lab/bring-up/steps";
import { down } from "../../../lab/down";
import type { ChainView } from "../../../lab/fleet/fleet";
import type { ChainPod } from "../../../lab/fleet/pods";
import { prepareUp } from "../../../lab/up";
import { findEnvironment } from "../../../stacks";

const folder = mkdtempSync(join(tmpdir(), "chainstead-up-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good: Machine = { platform: "linux", root: true, userNamespaces: 1000, missingCommands: [], freeDisk: 20 * 1024 ** 3, memory: 8 * 1024 ** 3, bundles: ["bin/lab.js", "bin/agents.js"] };

describe("the machine", () => {
  test("a good one has no problems, with root or with user namespaces", () => {
    expect(problemsOf(good)).toEqual([]);
    expect(problemsOf({ ...good, root: false })).toEqual([]);
  });

  test.each([
    ["another system", { platform: "darwin" }, /darwin/],
    ["neither root nor user namespaces", { root: false, userNamespaces: 0 }, /user\.max_user_namespaces/],
    ["a missing command", { missingCommands: ["ip"] }, /apt-get install iproute2/],
    ["a full disk", { freeDisk: 1024 ** 3 }, /1\.0 GiB of disk are free.*needs 2\.0 GiB/],
    ["little memory", { memory: 2 * 1024 ** 3 }, /2\.0 GiB of memory/],
    ["another user's checkout", { closedFolder: "/srv/theirs" }, /\/srv\/theirs is not yours to write in.*checkout of your own/],
    ["no bundles", { bundles: [] }, /bin\/lab\.js is not built/],
  ] as const)("%s is a problem with a remedy", (_what, change, problem) => {
    expect(problemsOf({ ...good, ...change }).join("\n")).toMatch(problem);
  });

  test("all problems stand in one error", () => {
    expect(() => checkMachine({ ...good, missingCommands: ["ip", "nsenter"], freeDisk: 0 })).toThrow(/iproute2[\s\S]*util-linux[\s\S]*disk/);
  });
});

test("a program is known again until one of its files or inputs is another", () => {
  const root = join(folder, "checkout");
  for (const room of ["chains", "components", "infra", "stacks"]) mkdirSync(join(root, room, "deep"), { recursive: true });
  for (const file of ["Pulumi.yaml", "package-lock.json", "infra/deep/x.ts"]) writeFileSync(join(root, file), file);
  const before = programFingerprint(root, ["local"]);
  expect(programFingerprint(root, ["local"])).toBe(before);
  expect(programFingerprint(root, ["local-fast"])).not.toBe(before);
  recordApplied(folder, before);
  expect(wasApplied(folder, before)).toBe(true);
  writeFileSync(join(root, "infra/deep/x.ts"), "changed");
  expect(wasApplied(folder, programFingerprint(root, ["local"]))).toBe(false);
  forgetApplied(folder);
  expect(wasApplied(folder, before)).toBe(false);
});

test("stacks come layer by layer, the two regions of a layer side by side", () => {
  expect(stackGroups(findEnvironment("local"))).toEqual([
    ["local-global"],
    ["local-a-foundation", "local-b-foundation"],
    ["local-a-platform", "local-b-platform"],
    ["local-a-chains", "local-b-chains"],
  ]);
});

test("the world runs the network that the environment's chain belongs to", () => {
  expect(worldNetworkOf(findEnvironment("local"))).toBe("local");
  expect(() => worldNetworkOf(findEnvironment("staging-aws"))).toThrow(/staging-aws declares cosmos on .*stacks\/staging-aws\.ts/);
});

describe("before anything is started", () => {
  const options = { place: { root: folder, lab: "test", state: join(folder, "never"), cache: folder }, engine: "auto", report: () => undefined, signal: new AbortController().signal, startedAt: Date.now() } as const;

  test("a name with a typo is an error with the nearest names", async () => {
    await expect(prepareUp({ ...options, environment: "lokal" })).rejects.toThrow(/no environment "lokal".*local/);
  });

  test("a lab's name that cannot name namespaces", async () => {
    await expect(prepareUp({ ...options, place: { ...options.place, lab: "My-Lab" }, environment: "local" })).rejects.toThrow(/lab name "My-Lab" cannot be used/);
  });

  test("the real engine is asked for and not there", async () => {
    await expect(prepareUp({ ...options, environment: "local", engine: "pulumi" })).rejects.toThrow(/no `pulumi` on the PATH: install it/);
  });

  afterAll(() => expect(existsSync(options.place.state)).toBe(false));
});

describe("steps", () => {
  test("each prints when it ended and how long it took; a failure carries its name", async () => {
    const lines: string[] = [];
    const steps = new Steps((line) => lines.push(line), Date.now() - 61_000, new AbortController().signal);
    await steps.run("sites", () => Promise.resolve());
    await expect(steps.run("Vault", () => Promise.reject(new Error("sealed")))).rejects.toThrow("Vault: sealed");
    expect(lines).toEqual([expect.stringMatching(/^ {2}61\.\d s {2}sites \(0\.0 s\)$/)]);
    expect(steps.times.map(({ name }) => name)).toEqual(["sites"]);
  });

  test("after an interrupt nothing begins", async () => {
    const steps = new Steps(() => undefined, Date.now(), AbortSignal.abort(new Error("interrupted")));
    const work = jest.fn();
    await expect(steps.run("sites", work)).rejects.toThrow("interrupted");
    expect(work).not.toHaveBeenCalled();
  });
});

describe("what is missing until a chain is up", () => {
  function gate(role: GateStatus["role"], height: number | undefined, catchingUp = false): GateStatus {
    return { role, node: { connected: true, height, catchingUp }, plan: "waits", lastSigned: { h: 4, r: 0, step: 3, outcome: "written" }, quarantine: role === "quarantine" ? "starting" : undefined } as GateStatus;
  }
  function pod(region: "a" | "b", ready = true): ChainPod {
    return { region, instance: "cosmos-local", process: "node", name: "cosmos-local-node-0", namespace: "chain-cosmos-local", ready, restarts: 0, gated: true, simulated: false };
  }
  function chain(active: "a" | "b" | undefined, a: GateStatus | undefined, b: GateStatus | undefined): ChainView {
    return { instance: "cosmos-local", process: "node", gated: true, active, problems: [], regions: [{ region: "a", pod: pod("a"), gate: a, silent: "no answer" }, { region: "b", pod: pod("b"), gate: b, silent: "no answer" }] };
  }

  test("nothing, once both heights have risen since the first look", () => {
    const seen = new Map();
    expect(missingOf(chain("a", gate("active", 5), gate("standby", 5)), seen)).toEqual(["region a: its height has not risen above 5 yet", "region b: its height has not risen above 5 yet"]);
    expect(missingOf(chain("a", gate("active", 6), gate("standby", 6)), seen)).toEqual([]);
  });

  test("after a failover the other region may hold the role", () => {
    expect(missingOf(chain("b", gate("standby", 6), gate("active", 6)), new Map([["a", 1], ["b", 1]]))).toEqual([]);
  });

  test("a pod that is being replaced, and a gate that has not signed since its start", () => {
    const view = chain("a", gate("active", 6), { ...gate("standby", 6), lastSigned: undefined });
    const changing: ChainView = { ...view, regions: [{ ...view.regions[0]!, pod: pod("a", false) }, view.regions[1]!] };
    expect(missingOf(changing, new Map([["a", 1], ["b", 1]]))).toEqual(["region a: its pod is not ready", "region b: its gate has not signed or replayed yet"]);
  });

  test("a StatefulSet whose pods are of an older declaration, or not ready", () => {
    const done = { metadata: { generation: 2 }, spec: { replicas: 1, selector: {}, serviceName: "", template: {} }, status: { observedGeneration: 2, replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentRevision: "r2", updateRevision: "r2" } };
    expect(isRolledOut(done)).toBe(true);
    for (const change of [{ observedGeneration: 1 }, { currentRevision: "r1" }, { readyReplicas: 0 }, { updatedReplicas: 0 }]) expect(isRolledOut({ ...done, status: { ...done.status, ...change } })).toBe(false);
  });

  test("each thing that is not so is named with its region", () => {
    expect(missingOf(chain(undefined, gate("quarantine", 6, true), undefined), new Map())).toEqual([
      "no region's gate is active",
      "region a: in quarantine, starting",
      "region a: its node is still catching up",
      "region b: no answer",
    ]);
  });
});

test("down keeps the logs, takes the rest, and may be called when nothing is there", async () => {
  const state = join(folder, "lab");
  mkdirSync(join(state, "logs"), { recursive: true });
  mkdirSync(join(state, "data", "etcd-a"), { recursive: true });
  writeFileSync(join(state, "programs.json"), "{}");
  appendFileSync(join(state, "logs", "etcd-a.log"), "x");
  const lines: string[] = [];
  await down({ lab: "neverwas", state, cache: folder }, (line) => lines.push(line));
  expect(readdirSync(state)).toEqual(["logs"]);
  expect(lines.at(-1)).toContain(join(state, "logs"));
  lines.length = 0;
  await down({ lab: "neverwas", state, cache: folder }, (line) => lines.push(line));
  expect(lines[0]).toBe('nothing of the lab "neverwas" was there');
});
