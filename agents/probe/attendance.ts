import type { Block, ChainRpc } from "./rpc";

/** What the chain's own blocks say about one validator. */
export interface Attendance {
  readonly address: string;
  /** Height of the last block that was judged. */
  readonly seen: number;
  /** Highest height whose commit carries the validator's signature; 0 when none was seen. */
  readonly lastSigned: number;
  /** Heights in a row, up to the newest one, at which it was in the set and its signature is absent. */
  readonly consecutiveMissed: number;
  /** Heights missed since the probe started to look. */
  readonly missed: number;
  /** Pieces of evidence against it in the blocks that were judged. */
  readonly evidence: number;
}

export function newAttendance(address: string, seen: number): Attendance {
  return { address, seen, lastSigned: 0, consecutiveMissed: 0, missed: 0, evidence: 0 };
}

/**
 * Judges one more block. A vote for nil counts as signed, as the Cosmos SDK counts it: the validator was there.
 *
 * @param inSet whether the validator had power at the height that the block's commit is for; asked only when it did not sign
 */
export function judge(before: Attendance, block: Block, inSet: boolean): Attendance {
  const evidence = before.evidence + block.equivocators.filter((address) => address === before.address).length;
  const after = { ...before, seen: block.height, evidence };
  if (block.commit === undefined || block.commit.signatures.length === 0) {
    return after;
  }
  if (signed(before.address, block)) {
    return { ...after, lastSigned: block.commit.height, consecutiveMissed: 0 };
  }
  return inSet ? { ...after, missed: before.missed + 1, consecutiveMissed: before.consecutiveMissed + 1 } : after;
}

export function signed(address: string, block: Block): boolean {
  return block.commit?.signatures.some((signature) => signature.address === address && signature.flag !== 1) ?? false;
}

/** Judges the blocks after `seen` up to the head, at most `limit` of them. */
export async function catchUp(before: Attendance, chain: ChainRpc, head: number, limit: number): Promise<Attendance> {
  let state = before;
  for (let height = before.seen + 1; height <= Math.min(head, before.seen + limit); height++) {
    const block = await chain.block(height);
    const absent = block.commit !== undefined && !signed(state.address, block);
    state = judge(state, block, absent && height > 1 && (await chain.validators(height - 1)).has(state.address));
  }
  return state;
}
