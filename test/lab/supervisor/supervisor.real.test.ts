import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { run, siteNetwork } from "../../../lab/sites";
import { processStat, startTimeOf } from "../../../lab/sites/process-stat";
import type { ServiceSpec } from "../../../lab/supervisor";
import { NoSupervisorError, connectSupervisor, downEverything, findStrays, startSupervisor } from "../../../lab/supervisor";
import { bundleSupervisor } from "./bundle";

const lab = `t${process.pid.toString(36)}s`;
// Deeper than a Unix socket's path may be long.
const root = join(mkdtempSync(join(tmpdir(), "cs-supervisor-")), "deep".repeat(30));
const state = join(root, ".lab", lab);
const place = { root, lab, state, cache: join(root, "cache") };
const network = siteNetwork(lab, state);
const program = bundleSupervisor();

/** A server that answers on a port of site a; it writes a line and can be told to fail. */
const server = (name: string, port: number, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  site: "a",
  argv: [process.execPath, "-e", `console.log("hello from ${name}");require("http").createServer((q,r)=>r.end("ok")).listen(${port},"198.18.0.1")`],
  ready: { http: `http://198.18.0.1:${port}/` },
  ...more,
});

async function stateOf(name: string): Promise<{ pid?: number; restarts?: number; state?: string; lastExit?: string }> {
  return (await (await connectSupervisor(state)).list()).find((service) => service.name === name) ?? {};
}

async function until(condition: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${seconds} s: ${condition.toString()}`);
}

const machine = (): { namespaces: string[]; mounts: string } => ({
  namespaces: ((): string[] => {
    try {
      return readdirSync("/run/netns").filter((name) => name.startsWith(`cs-${lab}-`));
    } catch {
      return [];
    }
  })(),
  mounts: readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(lab))
    .join("\n"),
});

describe("the supervisor (needs root)", () => {
  jest.setTimeout(120_000);
  const before = machine();

  beforeAll(async () => {
    mkdirSync(root, { recursive: true });
    await startSupervisor(place, program);
    await network.up();
  });
  afterAll(async () => {
    await downEverything(place);
    rmSync(dirname(root), { recursive: true, force: true });
    rmSync(dirname(program[1] ?? ""), { recursive: true, force: true });
  });

  it("keeps the lab's folder to its owner, and is one however often it is started", async () => {
    const pids = await Promise.all([1, 2, 3].map(async () => (await startSupervisor(place, program)).pid));
    expect(new Set(pids).size).toBe(1);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(join(state, "supervisor.pid"), "utf8"))).toMatchObject({ pid: pids[0] });
  });

  it("starts a service inside its site, leaves it alone, and restarts it when its spec changed", async () => {
    const supervisor = await connectSupervisor(state);
    await supervisor.ensure(server("web", 7001));
    const { pid } = await stateOf("web");
    await supervisor.ensure(server("web", 7001));
    expect((await stateOf("web")).pid).toBe(pid);
    await expect(run(["nsenter", `--net=/run/netns/cs-${lab}-a`, process.execPath, "-e", "fetch('http://198.18.0.1:7001').then(()=>process.exit(0),()=>process.exit(1))"])).resolves.toBe("");
    await supervisor.ensure(server("web", 7002));
    expect((await stateOf("web")).pid).not.toBe(pid);
    expect(await startTimeOf(pid ?? 0)).toBeUndefined();
    expect(readFileSync(join(state, "logs/web.log"), "utf8")).toMatch(/hello from web/);
  });

  it("starts a service that was killed again", async () => {
    const { pid = 0 } = await stateOf("web");
    process.kill(pid, "SIGKILL");
    await until(async () => (await stateOf("web")).state === "running" && (await stateOf("web")).pid !== pid);
    expect(await stateOf("web")).toMatchObject({ restarts: 1, lastExit: "SIGKILL" });
  });

  it("says why a service does not come up, with the end of its log", async () => {
    const supervisor = await connectSupervisor(state);
    const argv = [process.execPath, "-e", "console.error('no such config');process.exit(3)"];
    await expect(supervisor.ensure({ ...server("broken", 7003), argv })).rejects.toThrow(/broken \(site a\) ended 5 times before it was ready.*exit code 3.*no such config/s);
    await supervisor.remove("broken");
    const deaf = { ...server("deaf", 7004), argv: ["/bin/sleep", "1000"], readySeconds: 1 };
    await expect(supervisor.ensure(deaf)).rejects.toThrow(/deaf \(site a\) is not ready after 1 s.*ECONNREFUSED/s);
    await supervisor.remove("deaf");
    await expect(supervisor.ensure({ ...server("ghost", 7005), argv: ["/no/such/program"] })).rejects.toThrow(/No such file/);
    await supervisor.remove("ghost");
    await expect(supervisor.ensure({ ...server("x", 1), argv: ["relative"] })).rejects.toThrow(/must be an absolute path/);
    expect((await supervisor.list()).map((service) => service.name)).toEqual(["web"]);
  });

  it("is killed and comes again: its services go on, are taken over once, and are looked after", async () => {
    const first = await connectSupervisor(state);
    await first.ensure(server("extra", 7006));
    const pids = [(await stateOf("web")).pid, (await stateOf("extra")).pid];
    process.kill(first.pid, "SIGKILL");
    await until(async () => (await startTimeOf(first.pid)) === undefined);
    await expect(connectSupervisor(state)).rejects.toThrow(NoSupervisorError);
    // As if it had been killed between starting a service and recording its pid.
    const record = join(state, "services/extra.json");
    writeFileSync(record, JSON.stringify({ ...(JSON.parse(readFileSync(record, "utf8")) as object), pid: undefined, startTime: undefined }));

    const second = await startSupervisor(place, program);
    expect(second.pid).not.toBe(first.pid);
    expect([(await stateOf("web")).pid, (await stateOf("extra")).pid]).toEqual(pids);
    await second.ensure(server("extra", 7006));
    expect((await stateOf("extra")).pid).toBe(pids[1]);
    process.kill(pids[0] ?? 0, "SIGKILL");
    await until(async () => (await stateOf("web")).state === "running" && (await stateOf("web")).pid !== pids[0]);
  });

  it("starts what died while there was no supervisor", async () => {
    const { pid: supervisorPid } = await connectSupervisor(state);
    const { pid = 0 } = await stateOf("extra");
    process.kill(supervisorPid, "SIGKILL");
    process.kill(pid, "SIGKILL");
    await until(async () => (await startTimeOf(supervisorPid)) === undefined);
    await startSupervisor(place, program);
    await until(async () => (await stateOf("extra")).state === "running");
    expect((await stateOf("extra")).pid).not.toBe(pid);
  });

  it("brings down what it knows, what is frozen and what a crash left, and is down the second time too", async () => {
    const supervisor = await connectSupervisor(state);
    // A service that ignores the orderly stop, and a process that nobody recorded.
    await supervisor.ensure(server("stubborn", 7007, { argv: ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], ready: { none: true }, stop: { signal: "SIGTERM", seconds: 1 } }));
    const [enter = "", ...rest] = network.enter("b");
    const stray = spawn(enter, [...rest, "sleep", "1000"], { detached: true, stdio: "ignore" });
    await network.addPod("a1", "pod1");
    process.kill((await stateOf("web")).pid ?? 0, "SIGSTOP");
    process.kill(stray.pid ?? 0, "SIGSTOP");
    await until(async () => (await findStrays(lab, state)).processes.some((found) => found.pid === stray.pid));

    const report = await downEverything(place);
    expect(report.services).toEqual(["web", "extra", "stubborn"]);
    expect(report.killed.join()).toContain("sleep 1000");
    expect((await processStat(stray.pid ?? 0))?.state ?? "Z").toBe("Z");
    expect(await findStrays(lab, state)).toEqual({ processes: [], namespaces: [], mounts: [], foreignOwner: undefined });
    expect(machine()).toEqual(before);
    expect((await downEverything(place)).services).toEqual([]);
  });

  it("brings down a lab whose supervisor was killed", async () => {
    const supervisor = await startSupervisor(place, program);
    await network.up();
    await supervisor.ensure(server("web", 7001));
    const { pid = 0 } = await stateOf("web");
    process.kill(supervisor.pid, "SIGKILL");
    expect((await downEverything(place)).services).toEqual(["web"]);
    expect(await startTimeOf(pid)).toBeUndefined();
    expect(machine()).toEqual(before);
    expect(readdirSync(state).sort()).toEqual(["logs"]);
  });
});
