import { z } from "zod";
import { call, worldRpc } from "./rpc";

/** What the chain itself says, read from the outside validators: nothing here trusts one of our own processes. */

const wholeNumber = z.string().regex(/^\d+$/).transform(Number);

const statusShape = z.object({
  node_info: z.object({ network: z.string() }),
  sync_info: z.object({ latest_block_height: wholeNumber, latest_block_time: z.string(), catching_up: z.boolean() }),
});
const signatureShape = z.object({ block_id_flag: z.number(), validator_address: z.string() });
const commitShape = z.object({ canonical: z.boolean(), signed_header: z.object({ commit: z.object({ height: wholeNumber, round: z.number(), signatures: z.array(signatureShape) }) }) });
const validatorsShape = z.object({ validators: z.array(z.object({ address: z.string(), voting_power: wholeNumber, pub_key: z.object({ type: z.string(), value: z.string() }) })) });
const blockShape = z.object({
  block: z.object({ header: z.object({ height: wholeNumber, time: z.string() }), evidence: z.object({ evidence: z.array(z.object({ type: z.string(), value: z.unknown() })).nullish().transform((e) => e ?? []) }) }),
});

export interface Head {
  readonly chainId: string;
  readonly height: number;
  /** Header time, as the chain says it. */
  readonly time: string;
}

export interface ValidatorPower {
  /** Upper-case hexadecimal. */
  readonly address: string;
  /** Base64 of the Ed25519 public key. */
  readonly publicKey: string;
  readonly power: number;
}

/** CometBFT's `BlockIDFlag`: what a validator's precommit at a height was. */
export type Vote = "absent" | "commit" | "nil";
const voteOfFlag: Readonly<Record<number, Vote>> = { 1: "absent", 2: "commit", 3: "nil" };

export interface Commit {
  readonly height: number;
  readonly round: number;
  /** In the order of the validator set of the height; an absent validator's address is empty. */
  readonly votes: readonly { readonly address: string; readonly vote: Vote }[];
}

export async function head(nodes: readonly string[] = worldRpc): Promise<Head> {
  const status = await call(nodes, "status", {}, statusShape);
  return { chainId: status.node_info.network, height: status.sync_info.latest_block_height, time: status.sync_info.latest_block_time };
}

/** The validator set that signs a height. @default the newest */
export async function validators(height?: number, nodes: readonly string[] = worldRpc): Promise<readonly ValidatorPower[]> {
  const at = height === undefined ? {} : { height: String(height) };
  const answer = await call(nodes, "validators", { ...at, per_page: "100" }, validatorsShape);
  return answer.validators.map((v) => ({ address: v.address, publicKey: v.pub_key.value, power: v.voting_power }));
}

/**
 * The commit of a height as the next block carries it.
 *
 * @throws when the next block does not exist yet: until then each node shows its own view, which differs
 */
export async function commit(height: number, nodes: readonly string[] = worldRpc): Promise<Commit> {
  const answer = await call(nodes, "commit", { height: String(height) }, commitShape);
  if (!answer.canonical) throw new Error(`world's chain: the commit of height ${height} is not final before block ${height + 1}`);
  const { round, signatures } = answer.signed_header.commit;
  const votes = signatures.map((s) => {
    const vote = voteOfFlag[s.block_id_flag];
    if (vote === undefined) throw new Error(`world's chain: commit of height ${height} has unknown block_id_flag ${s.block_id_flag}`);
    return { address: s.validator_address, vote };
  });
  return { height, round, votes };
}

export interface Block {
  readonly height: number;
  readonly time: string;
  readonly evidence: readonly { readonly type: string; readonly value: unknown }[];
}

export async function block(height: number, nodes: readonly string[] = worldRpc): Promise<Block> {
  const { block: b } = await call(nodes, "block", { height: String(height) }, blockShape);
  return { height: b.header.height, time: b.header.time, evidence: b.evidence.evidence.map((e) => ({ type: e.type, value: e.value })) };
}
