import type { CommitVote } from "./chain-view";
import type { SigningKey } from "./key";
import { emptyVote, nilBlock, voteType, type Timestamp } from "./wire/consensus";
import { voteSignBytes } from "./wire/canonical";

/**
 * The height of a commit's vote if the signature is really ours. A node that lies about our signatures is not believed:
 * it cannot forge one.
 */
export function ownSignature(chainId: string, key: SigningKey, vote: CommitVote | undefined): number | undefined {
  if (!vote) return undefined;
  const signed = voteSignBytes(chainId, {
    ...emptyVote,
    type: voteType.precommit,
    height: vote.height,
    round: vote.round,
    blockId: vote.forBlock ? vote.blockId : nilBlock,
    timestamp: parseTimestamp(vote.timestamp),
  });
  return key.verify(signed, vote.signature) ? vote.height : undefined;
}

/** RFC 3339 with up to nine digits of a second, as Go prints it. */
export function parseTimestamp(text: string): Timestamp {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  return { s: Math.floor(Date.parse(text.replace(/\.\d+/, "")) / 1000), n: Number(fraction.padEnd(9, "0")) };
}
