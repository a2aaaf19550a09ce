import { createHash } from "node:crypto";
import { emptyProposal, emptyVote, type BlockId, type Vote } from "../../../../agents/gate/wire/consensus";
import { decodeRequest, encodeResponse, FrameReader } from "../../../../agents/gate/wire/messages";
import { lengthDelimited } from "../../../../agents/gate/wire/protobuf";

/** Vectors of upstream's TestPrivvalVectors: cometbft v1.0.1, privval/msgs_test.go (without our length prefix). */
const blockId = "0a208b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80122608c0843d122072db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a";
const voteBody = `080210031802224a${blockId}2a0608f49a8ded0532146af1f4111082efb388211bc72c55bcd61e9ac3d538d5bb03`;
const voteRequest = `1a81010a7f${voteBody}4a09657874656e73696f6e`;
const proposalBody = `08011003180220022a4a${blockId}320608f49a8ded053a10697427732061207369676e6174757265`;

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
const block: BlockId = { hash: hash("blockID_hash"), partsTotal: 1000000, partsHash: hash("blockID_part_set_header_hash") };
const time = { s: Date.UTC(2019, 9, 13, 16, 14, 44) / 1000, n: 0 };
const vote: Vote = {
  ...emptyVote,
  type: 2,
  height: 3,
  round: 2,
  blockId: block,
  timestamp: time,
  validatorAddress: hash("validator_address").subarray(0, 20),
  validatorIndex: 56789,
  extension: Buffer.from("extension"),
};
const proposal = { ...emptyProposal, type: 1, height: 3, round: 2, polRound: 2, blockId: block, timestamp: time, signature: Buffer.from("it's a signature") };

const hex = (text: string): Buffer => Buffer.from(text, "hex");
const unframed = (frame: Buffer): string => (new FrameReader().push(frame)[0] as Buffer).toString("hex");

describe("requests", () => {
  test("a ping and a request for the public key", () => {
    expect(decodeRequest(hex("3a00"))).toEqual({ kind: "ping" });
    expect(decodeRequest(hex("0a00"))).toEqual({ kind: "pubkey", chainId: "" });
  });

  test("a vote", () => {
    expect(decodeRequest(hex(voteRequest))).toEqual({ kind: "vote", chainId: "", skipExtension: false, vote });
  });

  test("a proposal", () => {
    expect(decodeRequest(hex(`2a700a6e${proposalBody}`))).toEqual({ kind: "proposal", chainId: "", proposal });
  });

  test("v1 asks to skip the extension signature; v0.38 has no such field", () => {
    const skipping = decodeRequest(hex("1a020a00".replace("1a02", "1a04") + "1801"));
    expect(skipping).toMatchObject({ kind: "vote", skipExtension: true });
  });

  test("what is cut off or unknown is refused by name", () => {
    expect(() => decodeRequest(hex(voteRequest.slice(0, 60)))).toThrow(/malformed/);
    expect(() => decodeRequest(hex("7a00"))).toThrow("request number 15 is unknown");
    expect(() => decodeRequest(hex(""))).toThrow("empty");
  });
});

describe("responses", () => {
  test("pong", () => expect(unframed(encodeResponse({ kind: "ping" }))).toBe("4200"));

  test("the public key stands in the fields of v0.38 and of v1", () => {
    const key = "556a436f1218d30942efe798420f51dc9b6a311b929c578257457d05c5fcf230";
    expect(unframed(encodeResponse({ kind: "pubkey", publicKey: hex(key) }))).toBe(`124f0a220a20${key}1a20${key}220765643235353139`);
  });

  test("a vote, without its extension", () => {
    expect(unframed(encodeResponse({ kind: "vote", vote }))).toBe(`22760a74${voteBody}`);
  });

  test("a proposal", () => expect(unframed(encodeResponse({ kind: "proposal", proposal }))).toBe(`32700a6e${proposalBody}`));

  test("errors carry an empty vote or proposal, as the message demands", () => {
    const error = { kind: "error", code: 1, description: "it's a error" } as const;
    expect(unframed(encodeResponse({ ...error, to: "pubkey" }))).toBe("121212100801120c697427732061206572726f72");
    expect(unframed(encodeResponse({ ...error, to: "vote" }))).toBe("22250a11220212002a0b088092b8c398feffffff0112100801120c697427732061206572726f72");
    expect(unframed(encodeResponse({ ...error, to: "proposal" }))).toBe("32250a112a021200320b088092b8c398feffffff0112100801120c697427732061206572726f72");
  });
});

describe("frames", () => {
  test("are cut at any place of the stream", () => {
    const stream = Buffer.concat([lengthDelimited(hex("3a00")), lengthDelimited(hex(voteRequest)), lengthDelimited(hex("0a00"))]);
    const reader = new FrameReader();
    const frames = [...stream].flatMap((byte) => reader.push(Buffer.from([byte])));
    expect(frames.map((frame) => frame.toString("hex"))).toEqual(["3a00", voteRequest, "0a00"]);
  });

  test("an absurd length is refused before it is awaited", () => {
    expect(() => new FrameReader().push(hex("ffffffff0f"))).toThrow("a frame of 4294967295 bytes");
  });
});
