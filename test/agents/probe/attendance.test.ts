import { catchUp, judge, newAttendance } from "../../../agents/probe/attendance";
import { chainRpc } from "../../../agents/probe/rpc";
import { FakeChain, ours } from "./fake-chain";

describe("attendance", () => {
  let chain: FakeChain;

  beforeEach(async () => {
    chain = await new FakeChain().start();
  });
  afterEach(() => chain.stop());

  const attend = (from = 0, limit = 100): ReturnType<typeof catchUp> => catchUp(newAttendance(ours, from), chainRpc(chain.address), chain.height, limit);

  it("counts heights in a row, and starts again at a signature", async () => {
    chain.add("signed", 3);
    chain.add("absent", 2);
    chain.add("signed");
    chain.add("absent", 3);
    // The commit in the newest block is for the height before it.
    expect(await attend()).toEqual({ address: ours, seen: 9, lastSigned: 5, consecutiveMissed: 3, missed: 5, evidence: 0 });
  });

  it("blames nobody who is not in the set", async () => {
    chain.inSet = false;
    chain.add("absent", 4);
    expect(await attend()).toMatchObject({ consecutiveMissed: 0, missed: 0, lastSigned: 0 });
  });

  it("finds evidence once, against this validator only", async () => {
    chain.add("signed", 2);
    chain.add("evidence");
    chain.add("signed", 2);
    const found = await attend();
    expect(found.evidence).toBe(1);
    expect((await catchUp(found, chainRpc(chain.address), chain.height, 100)).evidence).toBe(1);
    expect((await catchUp(newAttendance("AA", 0), chainRpc(chain.address), chain.height, 100)).evidence).toBe(0);
  });

  it("asks for the validator set only where a signature is absent", async () => {
    chain.add("signed", 4);
    await attend();
    expect(chain.asked.filter((path) => path.startsWith("/validators"))).toEqual([]);
  });

  it("judges no more blocks at a time than it is told to", async () => {
    chain.add("signed", 20);
    expect((await attend(0, 5)).seen).toBe(5);
  });

  it("says what the node refused", async () => {
    chain.add("signed");
    await expect(chainRpc(chain.address).block(99)).rejects.toThrow(/height 999999 must be less than or equal to the current blockchain height/);
  });

  it("takes a vote for nil as signed", () => {
    const block = { height: 8, commit: { height: 7, signatures: [{ flag: 3, address: ours }] }, equivocators: [] };
    expect(judge(newAttendance(ours, 7), block, true)).toMatchObject({ lastSigned: 7, consecutiveMissed: 0 });
  });
});
