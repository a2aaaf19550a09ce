import type { Commit, ValidatorPower, Vote } from "./chain";
import { block, commit, validators } from "./chain";
import { worldRpc } from "./rpc";

/** How one validator signed a range of heights, according to the commits in the chain. */
export interface Signing {
  readonly from: number;
  readonly to: number;
  /** Heights at which the validator was in the set. */
  readonly expected: number;
  /** Heights without its precommit: what a chain's downtime rules count. */
  readonly missed: readonly number[];
  /** Heights with its precommit for nil; ordinary gossip noise, not counted as missed. */
  readonly nil: readonly number[];
  /** Heights that needed more than one round. */
  readonly extraRounds: readonly number[];
}

export interface Evidence {
  readonly height: number;
  readonly type: string;
  readonly value: unknown;
}

/** What one commit says of a validator. @returns undefined when the set of that height does not have it */
export function voteOf(address: string, set: readonly ValidatorPower[], at: Commit): Vote | undefined {
  // An absent entry has no address, so the place in the set is what identifies it.
  const index = set.findIndex((v) => v.address === address);
  return index < 0 ? undefined : at.votes[index]?.vote;
}

/**
 * How our validator signed the heights `from` to `to`. `to` must be below the head: the commit of the head is not final.
 *
 * @param address upper-case hexadecimal
 */
export async function signing(address: string, from: number, to: number, nodes: readonly string[] = worldRpc): Promise<Signing> {
  const missed: number[] = [];
  const nil: number[] = [];
  const extraRounds: number[] = [];
  let expected = 0;
  await overHeights(from, to, async (height) => {
    const [set, at] = await Promise.all([validators(height, nodes), commit(height, nodes)]);
    const vote = voteOf(address, set, at);
    if (at.round > 0) extraRounds.push(height);
    if (vote === undefined) return;
    expected += 1;
    if (vote === "absent") missed.push(height);
    if (vote === "nil") nil.push(height);
  });
  const ascending = (x: number, y: number): number => x - y;
  return { from, to, expected, missed: missed.sort(ascending), nil: nil.sort(ascending), extraRounds: extraRounds.sort(ascending) };
}

/** Every piece of evidence in the blocks `from` to `to`; none is what the fence promises. */
export async function evidence(from: number, to: number, nodes: readonly string[] = worldRpc): Promise<readonly Evidence[]> {
  const found: Evidence[] = [];
  await overHeights(from, to, async (height) => {
    const { evidence: pieces } = await block(height, nodes);
    found.push(...pieces.map((piece) => ({ height, ...piece })));
  });
  return found.sort((x, y) => x.height - y.height);
}

/** A few at a time: a long chain is read in seconds without crowding out the votes of the validators that answer. */
async function overHeights(from: number, to: number, visit: (height: number) => Promise<void>): Promise<void> {
  let next = from;
  const walk = async (): Promise<void> => {
    while (next <= to) {
      const height = next;
      next += 1;
      await visit(height);
    }
  };
  await Promise.all(Array.from({ length: 8 }, walk));
}
