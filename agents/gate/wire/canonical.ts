import { encodeBlockId, encodeTimestamp, isNilBlock, voteType, type Proposal, type Timestamp, type Vote } from "./consensus";
import { lengthDelimited, Writer } from "./protobuf";

/**
 * The bytes that are signed. CometBFT `types/canonical.go` and `cometbft/types/v1/canonical.proto`: zero scalars are left
 * out, the block id is left out for nil and complete otherwise, the timestamp is always there, the length goes first.
 */
export function voteSignBytes(chainId: string, vote: Vote): Buffer {
  return lengthDelimited(canonicalVote(chainId, vote, vote.timestamp));
}

/** A vote without its timestamp: two votes that agree in it never make evidence against each other. */
export function voteContent(chainId: string, vote: Vote): Buffer {
  return canonicalVote(chainId, vote, { s: 0, n: 0 });
}

export function proposalSignBytes(chainId: string, proposal: Proposal): Buffer {
  const out = new Writer().int(1, voteType.proposal).fixed64(2, proposal.height).fixed64(3, proposal.round).int(4, proposal.polRound);
  if (!isNilBlock(proposal.blockId)) out.message(5, encodeBlockId(proposal.blockId));
  return lengthDelimited(out.message(6, encodeTimestamp(proposal.timestamp)).bytes(7, chainId).finish());
}

export function extensionSignBytes(chainId: string, vote: Vote): Buffer {
  return lengthDelimited(new Writer().bytes(1, vote.extension).fixed64(2, vote.height).fixed64(3, vote.round).bytes(4, chainId).finish());
}

function canonicalVote(chainId: string, vote: Vote, timestamp: Timestamp): Buffer {
  const out = new Writer().int(1, vote.type).fixed64(2, vote.height).fixed64(3, vote.round);
  if (!isNilBlock(vote.blockId)) out.message(4, encodeBlockId(vote.blockId));
  return out.message(5, encodeTimestamp(timestamp)).bytes(6, chainId).finish();
}
