import { GateHarness } from "../../support/gate/gate-harness";
import { until } from "../../support/gate/processes";

/** The same network with a gate whose compare-and-set does not compare: the check for evidence must find some. */
let harness: GateHarness;
beforeAll(async () => {
  harness = await GateHarness.start({ mutant: true });
}, 60_000);
afterAll(() => harness?.stop());

test("a ledger that does not compare makes real DuplicateVoteEvidence, and the judge sees it", async () => {
  await until("evidence in a block", 110, async () => (await harness.height()) > 6 && (await harness.verdict(1)).evidence.length > 0);
  const { evidence } = await harness.verdict(1);
  process.stdout.write(`gate: mutant: ${JSON.stringify(evidence)}\n`);
  expect(evidence[0]?.type).toBe("tendermint/DuplicateVoteEvidence");
}, 120_000);
