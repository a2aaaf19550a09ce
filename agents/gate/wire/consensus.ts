import type { Fields} from "./protobuf";
import { Writer } from "./protobuf";

/** Votes and proposals as CometBFT sends them: `cometbft/types/v1/types.proto` (field numbers are those of v0.38 as well). */

/** Seconds since 1970 and nanoseconds; Go's zero time is the year 1, thus negative. */
export interface Timestamp {
  readonly s: number;
  readonly n: number;
}

export interface BlockId {
  readonly hash: Buffer;
  readonly partsTotal: number;
  readonly partsHash: Buffer;
}

export const voteType = { prevote: 1, precommit: 2, proposal: 32 } as const;

export interface Vote {
  readonly type: number;
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  readonly timestamp: Timestamp;
  readonly validatorAddress: Buffer;
  readonly validatorIndex: number;
  readonly signature: Buffer;
  readonly extension: Buffer;
  readonly extensionSignature: Buffer;
}

export interface Proposal {
  readonly type: number;
  readonly height: number;
  readonly round: number;
  /** -1 when there was no proof of lock. */
  readonly polRound: number;
  readonly blockId: BlockId;
  readonly timestamp: Timestamp;
  readonly signature: Buffer;
}

export const none = Buffer.alloc(0);
/** Go's zero `time.Time`, which stands in messages that carry no time. */
export const zeroTime: Timestamp = { s: -62135596800, n: 0 };
export const nilBlock: BlockId = { hash: none, partsTotal: 0, partsHash: none };

export const emptyVote: Vote = {
  type: 0,
  height: 0,
  round: 0,
  blockId: nilBlock,
  timestamp: zeroTime,
  validatorAddress: none,
  validatorIndex: 0,
  signature: none,
  extension: none,
  extensionSignature: none,
};

export const emptyProposal: Proposal = { type: 0, height: 0, round: 0, polRound: 0, blockId: nilBlock, timestamp: zeroTime, signature: none };

export function isNilBlock(id: BlockId): boolean {
  return id.hash.length === 0 && id.partsTotal === 0 && id.partsHash.length === 0;
}

export function encodeTimestamp(time: Timestamp): Buffer {
  return new Writer().int(1, time.s).int(2, time.n).finish();
}

export function encodeBlockId(id: BlockId): Buffer {
  const parts = new Writer().int(1, id.partsTotal).bytes(2, id.partsHash).finish();
  return new Writer().bytes(1, id.hash).message(2, parts).finish();
}

export function encodeVote(vote: Vote): Buffer {
  return new Writer()
    .int(1, vote.type)
    .int(2, vote.height)
    .int(3, vote.round)
    .message(4, encodeBlockId(vote.blockId))
    .message(5, encodeTimestamp(vote.timestamp))
    .bytes(6, vote.validatorAddress)
    .int(7, vote.validatorIndex)
    .bytes(8, vote.signature)
    .bytes(9, vote.extension)
    .bytes(10, vote.extensionSignature)
    .finish();
}

export function encodeProposal(proposal: Proposal): Buffer {
  return new Writer()
    .int(1, proposal.type)
    .int(2, proposal.height)
    .int(3, proposal.round)
    .int(4, proposal.polRound)
    .message(5, encodeBlockId(proposal.blockId))
    .message(6, encodeTimestamp(proposal.timestamp))
    .bytes(7, proposal.signature)
    .finish();
}

function decodeTimestamp(fields: Fields): Timestamp {
  return { s: fields.int(1), n: fields.int(2) };
}

function decodeBlockId(fields: Fields): BlockId {
  const parts = fields.message(2);
  return { hash: fields.bytes(1), partsTotal: parts.int(1), partsHash: parts.bytes(2) };
}

export function decodeVote(fields: Fields): Vote {
  return {
    type: fields.int(1),
    height: fields.int(2),
    round: fields.int(3),
    blockId: decodeBlockId(fields.message(4)),
    timestamp: decodeTimestamp(fields.message(5)),
    validatorAddress: fields.bytes(6),
    validatorIndex: fields.int(7),
    signature: fields.bytes(8),
    extension: fields.bytes(9),
    extensionSignature: fields.bytes(10),
  };
}

export function decodeProposal(fields: Fields): Proposal {
  return {
    type: fields.int(1),
    height: fields.int(2),
    round: fields.int(3),
    polRound: fields.int(4),
    blockId: decodeBlockId(fields.message(5)),
    timestamp: decodeTimestamp(fields.message(6)),
    signature: fields.bytes(7),
  };
}
