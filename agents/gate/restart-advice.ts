/**
 * When must the node be restarted? CometBFT asks for each step once; a step that was lost while the chain needs this
 * validator's vote is asked for again only after a restart (its WAL is replayed). Likewise a node that was shown the decoy
 * reads the real key with the next commit, which never comes when the chain waits for it. The node's liveness probe reads
 * this advice.
 */
export interface RestartInput {
  readonly now: number;
  readonly ledgerUp: boolean;
  readonly ledgerUpSince: number;
  readonly connected: boolean;
  readonly connectedSince: number;
  readonly standby: boolean;
  /** What independent nodes agree on; undefined when none answers. */
  readonly chainHeight?: number;
  readonly heightMovedAt: number;
  readonly nodeHeight?: number;
  readonly blockTimeMs: number;
  /** The gate shows the real key, but the node was last shown the decoy. */
  readonly nodeHasDecoy: boolean;
  /** Height of the newest step that was refused. */
  readonly lastRefusedHeight: number;
  /** When the node came back from the last restart that was advised. */
  readonly restartedAt?: number;
}

const stillMs = 10_000;
/** The standby's node goes first; the holder's follows when that did not help. */
const holderLaterMs = 20_000;
/** One node is restarted at most once in this time. */
const notAgainMs = 60_000;

export function restartAdvice(i: RestartInput): string | undefined {
  if (!i.ledgerUp || !i.connected || i.chainHeight === undefined || i.nodeHeight === undefined) return undefined;
  if (i.nodeHeight < i.chainHeight) return undefined;
  const owed = i.nodeHasDecoy ? "it was last shown the decoy key" : i.lastRefusedHeight > i.chainHeight ? "it lost a step of this height" : undefined;
  if (owed === undefined) return undefined;
  const still = i.now - Math.max(i.heightMovedAt, i.ledgerUpSince, i.connectedSince);
  if (i.restartedAt !== undefined && i.now - i.restartedAt < notAgainMs) return undefined;
  const patience = Math.max(stillMs, 2 * i.blockTimeMs) + (i.standby ? 0 : holderLaterMs);
  return still >= patience ? `the chain has stood at height ${i.chainHeight} for ${Math.round(still / 1000)} s and the node must be restarted: ${owed}` : undefined;
}
