import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { startTimeOf } from "../../../lab/sites/process-stat";

const nobody = 65534;
const folder = mkdtempSync(join(tmpdir(), "cs-rootless-"));
const lab = `t${process.pid.toString(36)}r`;
const state = join(folder, "work/.lab", lab);

/** One script with what a command of an ordinary user does: `up` and `strays` re-enter themselves, `down` stays outside. */
const script = `
  import { spawnSync } from "node:child_process";
  import { enterPrivileged, isRealRoot, siteNetwork } from "./sites";
  import { startSupervisor, connectSupervisor, downEverything, findStrays } from "./supervisor";
  import { runSupervisor } from "./supervisor/daemon";
  import { answerProbes } from "./supervisor/probe";
  import { prepareStateFolder } from "./supervisor";
  const [, , command, ...rest] = process.argv;
  const state = ${JSON.stringify(state)}, lab = ${JSON.stringify(lab)};
  const place = { root: "/", cache: "/", lab, state };
  const program = [process.execPath, __filename];
  async function main() {
    if (command === "probe") return answerProbes();
    if (command === "supervisor") return runSupervisor({ lab, stateDir: state, proberArgv: [...program, "probe"], say: (line) => console.log(line) }, new AbortController().signal);
    if (command === "down") return console.log(JSON.stringify({ report: await downEverything(place), strays: await findStrays(lab, state) }));
    if (command === "outside") return console.log(JSON.stringify({ services: await (await connectSupervisor(state)).list(), strays: await findStrays(lab, state) }));
    await prepareStateFolder(state);
    const prefix = await enterPrivileged(state);
    if (prefix) {
      const inner = spawnSync(prefix[0], [...prefix.slice(1), ...program, command], { stdio: "inherit" });
      process.exit(inner.status ?? 1);
    }
    const network = siteNetwork(lab, state);
    await network.up();
    const pod = await network.addPod("a1", "pod1");
    const supervisor = await startSupervisor(place, program);
    const server = "require('http').createServer((q,r)=>r.end()).listen(7001,'198.18.0.1')";
    await supervisor.ensure({ name: "web", site: "a", argv: [process.execPath, "-e", server], ready: { http: "http://198.18.0.1:7001/" } });
    console.log(JSON.stringify({ realRoot: await isRealRoot(), uid: process.getuid(), pod, sites: (await network.list()).filter((site) => site.up).length }));
  }
  main().catch((error) => { console.error(error); process.exit(1); });
`;

function asNobody(command: string): Promise<string> {
  const argv = ["--reuid", `${nobody}`, "--regid", `${nobody}`, "--clear-groups", process.execPath, join(folder, "lab.js"), command];
  return new Promise((resolve, reject) => {
    execFile("setpriv", argv, { cwd: "/", timeout: 40_000 }, (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout.trim().split("\n").pop() ?? "")));
  });
}

/** Living processes of that user, by the owner of their folder in /proc; the machine may have others. */
async function processesOf(uid: number): Promise<string[]> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const kept = await Promise.all(pids.map(async (pid) => (await stat(`/proc/${pid}`).catch(() => undefined))?.uid === uid && (await startTimeOf(Number(pid))) !== undefined));
  return pids.filter((_pid, i) => kept[i]);
}

describe("a lab of an ordinary user", () => {
  jest.setTimeout(90_000);
  let before: string[] = [];
  beforeAll(async () => {
    before = await processesOf(nobody);
    buildSync({ stdin: { contents: script, resolveDir: join(__dirname, "../../../lab"), loader: "ts" }, outfile: join(folder, "lab.js"), bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "error" });
    chmodSync(folder, 0o777);
  });
  afterAll(async () => {
    await asNobody("down").catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it("has its sites in namespaces of its own, and sees its services from outside", async () => {
    const up = JSON.parse(await asNobody("up")) as object;
    expect(up).toEqual({ realRoot: false, uid: 0, pod: { netns: `cs-${lab}-p-pod1`, ip: "198.18.16.2", gateway: "198.18.16.1" }, sites: 5 });
    expect(await asNobody("up")).toBe(JSON.stringify(up));
    const seen = JSON.parse(await asNobody("outside")) as { services: { name: string; state: string }[]; strays: { processes: unknown[] } };
    expect(seen.services).toMatchObject([{ name: "web", state: "running", restarts: 0 }]);
    expect(seen.strays.processes.length).toBeGreaterThanOrEqual(2);
  });

  it("goes down from outside and leaves no process", async () => {
    const down = JSON.parse(await asNobody("down")) as { report: { services: string[] }; strays: object };
    expect(down.report.services).toEqual(["web"]);
    expect(down.strays).toEqual({ processes: [], namespaces: [], mounts: [] });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await processesOf(nobody)).toEqual(before);
  });
});
