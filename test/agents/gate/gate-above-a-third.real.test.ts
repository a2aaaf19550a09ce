import { GateHarness } from "../../support/gate/gate-harness";
import { pause, until } from "../../support/gate/processes";

/** Our validator has 40 of 70: the chain stands still without it, so a step that is lost on both nodes halts it for good. */
let harness: GateHarness;
beforeAll(async () => {
  harness = await GateHarness.start({ power: 40 });
  harness.watchLiveness();
}, 60_000);
afterAll(() => harness?.stop());

const report = (what: string, figures: object): void => void process.stdout.write(`gate, 40 of 70: ${what}: ${JSON.stringify(figures)}\n`);

test("a chain that waits for us from its first block on gets going: one node is restarted with the real key", async () => {
  await until("the first three blocks", 60, async () => (await harness.height()) >= 3);
  report("from genesis", { nodeRestarts: harness.nodeRestarts });
  expect(harness.nodeRestarts).toBeLessThanOrEqual(2);
}, 70_000);

test("a killed active gate and node do not halt the chain", async () => {
  const active = (await harness.status("a")).role === "active" ? "a" : "b";
  await harness.waitForRoles(active, 30);
  const restarts = harness.nodeRestarts;
  const began = await harness.height();
  await Promise.all([harness.processes.stop(`gate-${active}`), harness.processes.stop(`v4${active}`)]);
  await harness.waitForBlocks(4, 20);
  const verdict = await harness.verdict(began);
  report("gate and node killed", { nodeRestarts: harness.nodeRestarts - restarts, ...verdict });
  expect(verdict).toMatchObject({ missed: [], evidence: [] });
  await harness.startRegion(active);
  await harness.waitForRoles(active === "a" ? "b" : "a", 40);
}, 90_000);

test("after 10 s without a quorum the chain goes on within 5 s, without a restart", async () => {
  const restarts = harness.nodeRestarts;
  const leader = (await harness.consul.leader()) ?? "";
  const other = harness.consul.servers.map((s) => s.name).find((name) => name !== leader) ?? "";
  await Promise.all([harness.processes.stop(leader), harness.processes.stop(other)]);
  await pause(10_000);
  const stood = await harness.height();
  for (const name of [leader, other]) harness.consul.startServer(name);
  await until("the quorum is back", 20, async () => (await harness.status("a")).ledger.up || (await harness.status("b")).ledger.up);
  const at = Date.now();
  await until("the next block", 5, async () => (await harness.height()) > stood);
  report("quorum gone for 10 s", { secondsToNextBlock: (Date.now() - at) / 1000, nodeRestarts: harness.nodeRestarts - restarts });
  expect(harness.nodeRestarts).toBe(restarts);
  await harness.waitForBlocks(3);
  expect((await harness.verdict(1)).evidence).toEqual([]);
}, 60_000);
