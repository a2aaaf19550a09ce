import { GateHarness } from "../../support/gate/gate-harness";
import { pause, until } from "../../support/gate/processes";

/**
 * One validator of four (a quarter of the power) in two regions, on real CometBFT and Consul, judged by the chain's blocks.
 * Blocks of about 1.2 s, D 400 ms. Loopback only: no wide-area latency or loss.
 */
let harness: GateHarness;
let from = 0;

beforeAll(async () => {
  harness = await GateHarness.start();
  await harness.waitForRoles("a", 60);
  await harness.waitForBlocks(2);
  from = await harness.height();
}, 120_000);

afterAll(() => harness?.stop());

const report = (what: string, figures: object): void => void process.stdout.write(`gate: ${what}: ${JSON.stringify(figures)}\n`);

test("the standby's node signs the same votes, written by the active gate", async () => {
  await harness.waitForBlocks(3);
  const [a, b] = await Promise.all([harness.status("a"), harness.status("b")]);
  expect(a.signatures.written).toBeGreaterThan(4);
  expect(b.signatures.replayed).toBeGreaterThan(4);
  expect(b.signatures.written).toBe(0);
  expect(b.preconditions.filter((p) => !p.ok).map((p) => p.id)).toEqual(["P1"]);
  expect(b.fit).toBe(true);
}, 30_000);

test("what the gate tells is ready, complete and free of secrets", async () => {
  const [health, metrics, status] = await Promise.all(["/healthz", "/metrics", "/status"].map((path) => fetch(harness.url("a", path))));
  expect(health?.status).toBe(200);
  const text = (await metrics?.text()) ?? "";
  for (const name of ["role", "epoch", "holder", "signatures_total", "ledger_seconds_bucket", "conflicts_total"]) expect(text).toContain(`chainstead_gate_${name}`);
  expect(text).toMatch(/chainstead_gate_role\{[^}]*role="active"[^}]*\} 1/);
  const secret = harness.secret();
  for (const said of [text, (await status?.text()) ?? "", harness.logs()]) expect(said).not.toContain(secret);
});

test("planned switches miss nothing", async () => {
  const began = await harness.height();
  for (const region of ["b", "a", "b", "a"] as const) {
    await harness.requestSwitchover(region);
    await harness.waitForRoles(region, 10);
    await harness.waitForBlocks(1);
  }
  await harness.waitForBlocks(2);
  const verdict = await harness.verdict(began);
  report("4 planned switches", verdict);
  expect(verdict).toMatchObject({ missed: [], evidence: [] });
  expect((await harness.document())?.failovers.filter((f) => f.automatic)).toEqual([]);
}, 60_000);

test("an orderly stop hands over, and the gate that comes back stands by", async () => {
  await harness.processes.stop("gate-a", "SIGTERM");
  await until("region b is active", 5, async () => (await harness.status("b")).role === "active");
  expect((await harness.document())?.failovers.at(-1)).toMatchObject({ from: "a", to: "b", automatic: false });
  harness.startGate("a");
  await harness.waitForRoles("b", 20);
}, 40_000);

test("kill -9 of the active gate and its node misses one height at most", async () => {
  const began = await harness.height();
  const at = Date.now();
  await Promise.all([harness.processes.stop("gate-b"), harness.processes.stop("v4b")]);
  await until("region a is active", 15, async () => (await harness.status("a")).role === "active");
  const seconds = (Date.now() - at) / 1000;
  await harness.waitForBlocks(3);
  const verdict = await harness.verdict(began);
  report("gate and node killed", { seconds, ...verdict });
  expect(verdict).toMatchObject({ evidence: [] });
  expect(verdict.missed.length).toBeLessThanOrEqual(1);
  await harness.startRegion("b");
  await harness.waitForRoles("a", 30);
}, 70_000);

test("an active gate and node that freeze and come back make no conflict", async () => {
  const began = await harness.height();
  for (const name of ["gate-a", "v4a"]) harness.processes.signal(name, "SIGSTOP");
  await until("region b is active", 10, async () => (await harness.status("b")).role === "active");
  await pause(4000);
  for (const name of ["gate-a", "v4a"]) harness.processes.signal(name, "SIGCONT");
  await harness.waitForRoles("b", 20);
  await harness.waitForBlocks(3);
  const verdict = await harness.verdict(began);
  report("gate and node frozen", verdict);
  expect(verdict.evidence).toEqual([]);
  expect(verdict.missed.length).toBeLessThanOrEqual(1);
}, 60_000);

test("without a quorum for 10 s: held, not refused; the chain goes on with us at once", async () => {
  const began = await harness.height();
  const leader = (await harness.consul.leader()) ?? "";
  const other = harness.consul.servers.map((s) => s.name).find((name) => name !== leader) ?? "";
  await Promise.all([harness.processes.stop(leader), harness.processes.stop(other)]);
  await pause(10_000);
  expect(await harness.status("a")).toMatchObject({ ledger: { up: false } });
  for (const name of [leader, other]) harness.consul.startServer(name);
  await until("the quorum is back", 20, async () => (await harness.status("a")).ledger.up);
  const back = await harness.height();
  await harness.waitForBlocks(4);
  const verdict = await harness.verdict(began);
  const after = verdict.missed.filter((h) => h > back + 1);
  report("quorum gone for 10 s", { missedAfterItsReturn: after.length, ...verdict });
  expect(verdict.evidence).toEqual([]);
  expect(after).toEqual([]);
  const { refused } = (await harness.status("a")).signatures;
  expect(Object.keys(refused).filter((reason) => !["stale", "conflict", "regression"].includes(reason))).toEqual([]);
}, 70_000);

test("no evidence in any block", async () => {
  const verdict = await harness.verdict(1);
  report("whole run", { blocks: verdict.to, evidence: verdict.evidence.length, missedSinceStart: verdict.missed.filter((h) => h >= from).length });
  expect(verdict.evidence).toEqual([]);
});
