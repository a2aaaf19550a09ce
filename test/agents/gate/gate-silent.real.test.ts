import { GateHarness } from "../../support/gate/gate-harness";
import { until } from "../../support/gate/processes";

/** `ledgerMode: "silent"`: not one byte from the standby region; paid for with a few heights when a region is lost. */
let harness: GateHarness;
beforeAll(async () => {
  harness = await GateHarness.start({ ledgerMode: "silent" });
  await harness.waitForRoles("a", 60);
  await harness.waitForBlocks(2);
}, 120_000);
afterAll(() => harness?.stop());

test("the height fence makes a planned switch miss nothing, and the standby says nothing", async () => {
  const began = await harness.height();
  const before = (await harness.status("b")).signatures;
  expect([before.written, before.replayed]).toEqual([0, 0]);
  for (const region of ["b", "a"] as const) {
    await harness.requestSwitchover(region);
    await harness.waitForRoles(region, 10);
    await harness.waitForBlocks(2);
  }
  const verdict = await harness.verdict(began);
  process.stdout.write(`gate, silent: 2 planned switches: ${JSON.stringify(verdict)}\n`);
  expect(verdict).toMatchObject({ missed: [], evidence: [] });
}, 60_000);

test("after a kill the other region signs when the lease has run out", async () => {
  const began = await harness.height();
  await Promise.all([harness.processes.stop("gate-a"), harness.processes.stop("v4a")]);
  await until("region b is active", 10, async () => (await harness.status("b")).role === "active");
  await harness.waitForBlocks(4);
  const verdict = await harness.verdict(began);
  process.stdout.write(`gate, silent: gate and node killed: ${JSON.stringify(verdict)}\n`);
  expect(verdict.evidence).toEqual([]);
  expect(verdict.missed.length).toBeLessThanOrEqual(6);
  expect((await harness.document())?.failovers.at(-1)).toMatchObject({ from: "a", to: "b", automatic: true });
}, 60_000);
