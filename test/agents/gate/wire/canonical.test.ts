import { emptyProposal, emptyVote, nilBlock, type Vote } from "../../../../agents/gate/wire/consensus";
import { extensionSignBytes, proposalSignBytes, voteContent, voteSignBytes } from "../../../../agents/gate/wire/canonical";

/** All vectors of upstream's TestVoteSignBytesTestVectors: cometbft v1.0.1, types/vote_test.go. */
const zeroTime = "2a0b088092b8c398feffffff01";
const one = "0100000000000000";
const chain = `320d${Buffer.from("test_chain_id").toString("hex")}`;
const vectors: readonly { name: string; chainId: string; vote: Partial<Vote>; want: string }[] = [
  { name: "an empty vote: height and round are left out", chainId: "", vote: {}, want: `0d${zeroTime}` },
  { name: "a precommit with height and round", chainId: "", vote: { height: 1, round: 1, type: 2 }, want: `21080211${one}19${one}${zeroTime}` },
  { name: "a prevote with height and round", chainId: "", vote: { height: 1, round: 1, type: 1 }, want: `21080111${one}19${one}${zeroTime}` },
  { name: "no type", chainId: "", vote: { height: 1, round: 1 }, want: `1f11${one}19${one}${zeroTime}` },
  { name: "a chain id", chainId: "test_chain_id", vote: { height: 1, round: 1 }, want: `2e11${one}19${one}${zeroTime}${chain}` },
  { name: "a vote extension, which is not part of a vote's bytes", chainId: "test_chain_id", vote: { height: 1, round: 1, extension: Buffer.from("extension") }, want: `2e11${one}19${one}${zeroTime}${chain}` },
];

describe("sign bytes of a vote", () => {
  test.each(vectors)("$name", ({ chainId, vote, want }) => {
    expect(voteSignBytes(chainId, { ...emptyVote, ...vote }).toString("hex")).toBe(want);
  });

  test("a block id is written whole, with its empty part set header too", () => {
    const bytes = voteSignBytes("", { ...emptyVote, blockId: { ...nilBlock, hash: Buffer.from("ab", "hex") } }).toString("hex");
    expect(bytes).toContain("22050a01ab1200");
  });

  test("the content of two votes that differ in time alone is the same", () => {
    const vote = { ...emptyVote, height: 5, type: 1 };
    expect(voteContent("c", { ...vote, timestamp: { s: 1, n: 2 } })).toEqual(voteContent("c", { ...vote, timestamp: { s: 3, n: 4 } }));
    expect(voteContent("c", vote)).not.toEqual(voteContent("c", { ...vote, height: 6 }));
    expect(voteContent("c", vote)).not.toEqual(voteContent("c", { ...vote, type: 2 }));
  });
});

describe("sign bytes of a proposal and of an extension", () => {
  test("an empty proposal still has its type and its time", () => {
    expect(proposalSignBytes("", emptyProposal).toString("hex")).toBe(`0f0820${zeroTime.replace(/^2a/, "32")}`);
  });

  test("no proof of lock is -1, as a 64-bit two's complement", () => {
    expect(proposalSignBytes("", { ...emptyProposal, polRound: -1 }).toString("hex")).toContain("20ffffffffffffffffff01");
  });

  test("an extension is signed with height, round and chain, without a time", () => {
    const vote = { ...emptyVote, height: 1, round: 1, extension: Buffer.from("x") };
    expect(extensionSignBytes("c", vote).toString("hex")).toBe(`180a017811${one}19${one}220163`);
  });
});
