import { mutantCheckout, TestLab } from "../support/lab";

/**
 * The same lab with a gate that skips the compare-and-set. The drill must find what the other test asserts to be absent, or
 * its zero would prove nothing.
 */
const mutant = mutantCheckout();
const lab = new TestLab("mutant", mutant.root);

afterAll(async () => {
  await lab.run(["down"], 180);
  mutant.remove();
}, 200_000);

test("a drill finds real DuplicateVoteEvidence", async () => {
  // Two regions that both hold the role never become "one produces, the other follows", so this `up` may end with an error; the chain runs.
  await lab.run(["up"], 600);
  let said = "";
  for (let attempt = 0; attempt < 4 && !said.includes("DuplicateVoteEvidence"); attempt++) {
    const { code, stdout, stderr } = await lab.run(["drill", "switchover"], 300);
    said = `${stdout}\n${stderr}`;
    expect(code).toBe(1);
  }
  process.stdout.write(`mutant: ${said.trim().split("\n").slice(-3).join(" | ")}\n`);
  expect(said).toMatch(/evidence of misbehaviour in blocks 1 to \d+: [1-9]\d* \(tendermint\/DuplicateVoteEvidence at height \d+/);
}, 2_000_000);
