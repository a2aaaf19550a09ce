import type { DrillResult } from "../../lab/drill/report";
import type { FleetView } from "../../lab/fleet/fleet";
import { TestLab, traces, type Traces } from "../support/lab";

/** The main job, by the commands that an operator uses. The tests build on each other, in this order. */
const lab = new TestLab("test");
let before: Traces;

beforeAll(async () => {
  await lab.run(["down"], 180);
  before = traces(lab);
}, 200_000);

afterAll(async () => {
  await lab.run(["down"], 180);
}, 200_000);

const status = async (): Promise<FleetView> => JSON.parse((await lab.run(["status", "--json"], 30)).stdout) as FleetView;
const drill = async (seconds: number, ...args: string[]): Promise<DrillResult> => {
  const { stdout, stderr } = await lab.run(["drill", ...args, "--json"], seconds);
  try {
    const [result] = JSON.parse(stdout) as DrillResult[];
    if (result === undefined) throw new Error("no result");
    process.stdout.write(`lab: ${JSON.stringify(result)}\n`);
    return result;
  } catch {
    throw new Error(`chainstead drill ${args.join(" ")} gave no result:\n${stdout}\n${stderr}`);
  }
};

test("comes up: region a produces, region b follows, heights advance in both", async () => {
  const began = Date.now();
  const out = await lab.ok(["up"], 600);
  process.stdout.write(`lab: up in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  expect(out).toContain("simulated   dummy-local");
  const first = await status();
  const cosmos = first.chains.find((c) => c.instance === "cosmos-local");
  expect(cosmos).toMatchObject({ active: "a", problems: [] });
  expect(cosmos?.regions.map((r) => r.gate?.role)).toEqual(["active", "standby"]);
  expect(first.quorum).toMatchObject({ healthy: true, answering: 5 });
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  const later = (await status()).chains.find((c) => c.instance === "cosmos-local");
  later?.regions.forEach((r, i) => expect(r.gate?.node.height).toBeGreaterThan(cosmos?.regions[i]?.gate?.node.height ?? Infinity));
}, 660_000);

test("a second up changes nothing and prints the same table", async () => {
  const pids = (fleet: FleetView): unknown => fleet.chains.map((c) => c.regions.map((r) => [r.pod?.name, r.pod?.restarts, r.gate?.process]));
  const was = await status();
  const out = await lab.ok(["up"], 300);
  expect(out).toContain("cosmos-local");
  expect(pids(await status())).toEqual(pids(was));
}, 320_000);

test("a planned switchover misses nothing", async () => {
  const dry = await lab.run(["switchover"], 30);
  expect(dry.stdout).toMatch(/dry run/);
  expect(dry.stdout).toMatch(/P11/);
  const result = await drill(120, "switchover");
  expect(result).toMatchObject({ missed: [], evidence: 0 });
  expect(result.eligibleSeconds).toBeLessThan(5);
  expect((await status()).chains.find((c) => c.instance === "cosmos-local")?.active).toBe(result.to);
}, 160_000);

test("a lost region: the other one signs, nothing conflicts, the lost one comes back as a standby", async () => {
  const result = await drill(400, "region-loss");
  expect(result.evidence).toBe(0);
  expect(result.missed.length).toBeLessThanOrEqual(result.consulLeaderLost ? 1 : 0);
  expect(result.eligibleSeconds).toBeLessThan(15);
  expect(result.healedSeconds).toBeDefined();
}, 420_000);

test("a killed gate above a third of the power does not halt the chain", async () => {
  const result = await drill(400, "gate-kill", "--power", "40");
  expect(result).toMatchObject({ evidence: 0 });
  expect(result.firstSignatureSeconds).toBeDefined();
}, 420_000);

test("a lost quorum above a third: the chain waits and goes on by itself", async () => {
  const result = await drill(400, "quorum-loss", "--power", "40", "--outage", "10");
  expect(result.evidence).toBe(0);
  expect(result.resumedSeconds).toBeLessThan(30);
}, 420_000);

test("an impossible call is said clearly, with exit code 2 or 1", async () => {
  expect(await lab.run(["drill", "earthquake"], 20)).toMatchObject({ code: 2, stderr: expect.stringContaining("region-loss") as string });
  expect(await lab.run(["switchover", "--to", "c"], 20)).toMatchObject({ code: 1, stderr: expect.stringContaining("there are a and b") as string });
  expect(await lab.run(["history", "--instance", "nosuch"], 20)).toMatchObject({ code: 1 });
}, 60_000);

test("down leaves no process, namespace, mount or file", async () => {
  await lab.ok(["down"], 180);
  const after = traces(lab);
  expect(after).toEqual({ ...before, files: expect.any(Array) as string[] });
  expect(after.files.filter((file) => !before.files.includes(file))).toEqual([]);
  expect((await lab.run(["status"], 20)).stderr).toContain("make up");
}, 200_000);
