import { createHash } from "node:crypto";
import type { BlockId } from "./wire/consensus";

/** What a CometBFT node says about its chain. */
export interface HeadView {
  readonly height: number;
  readonly headTimeMs: number;
  readonly catchingUp: boolean;
}

/** One validator's precommit as it stands in a block's commit. */
export interface CommitVote {
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  /** RFC 3339 with nanoseconds, as the node prints it. */
  readonly timestamp: string;
  readonly signature: Buffer;
  /** The vote is for the block; otherwise for nil. */
  readonly forBlock: boolean;
}

/** A node's RPC: our own node, or an independent one. */
export interface ChainReference {
  readonly name: string;
  head(): Promise<HeadView>;
  /** Our validator's vote in the commit of `height` (0: the newest); undefined when it is absent. */
  commitVote(height: number, address: string): Promise<CommitVote | undefined>;
}

export class ReferenceError extends Error {}

const timeoutMs = 1200;

/** @throws ReferenceError from every call: the node is silent, or follows another chain */
export function cometRpc(url: string, chainId: string): ChainReference {
  return {
    name: url,
    async head() {
      const status = (await call(url, "/status")) as StatusAnswer;
      const network = status.node_info?.network;
      if (network !== chainId) throw new ReferenceError(`${url} follows chain ${network ?? "(none)"}, not ${chainId}: correct the address in the configuration`);
      const sync = status.sync_info;
      return { height: Number(sync?.latest_block_height ?? 0), headTimeMs: Date.parse(sync?.latest_block_time ?? "") || 0, catchingUp: sync?.catching_up ?? true };
    },
    async commitVote(height, address) {
      const answer = (await call(url, height > 0 ? `/commit?height=${height}` : "/commit")) as CommitAnswer;
      const commit = answer.signed_header?.commit;
      if (!commit) throw new ReferenceError(`${url} gives no commit`);
      const vote = commit.signatures.find((s) => s.validator_address.toUpperCase() === address.toUpperCase());
      if (!vote?.signature) return undefined;
      const id = commit.block_id;
      return {
        height: Number(commit.height),
        round: commit.round,
        blockId: { hash: Buffer.from(id.hash, "hex"), partsTotal: id.parts.total, partsHash: Buffer.from(id.parts.hash, "hex") },
        timestamp: vote.timestamp,
        signature: Buffer.from(vote.signature, "base64"),
        forBlock: vote.block_id_flag === 2,
      };
    },
  };
}

interface StatusAnswer {
  readonly node_info?: { readonly network?: string };
  readonly sync_info?: { readonly latest_block_height?: string; readonly latest_block_time?: string; readonly catching_up?: boolean };
}

interface CommitAnswer {
  readonly signed_header?: {
    readonly commit?: {
      readonly height: string;
      readonly round: number;
      readonly block_id: { readonly hash: string; readonly parts: { readonly total: number; readonly hash: string } };
      readonly signatures: readonly { readonly block_id_flag: number; readonly validator_address: string; readonly timestamp: string; readonly signature: string | null }[];
    };
  };
}

async function call(url: string, path: string): Promise<unknown> {
  try {
    const answer = await fetch(new URL(path, url), { signal: AbortSignal.timeout(timeoutMs) });
    const body = (await answer.json()) as { result?: unknown; error?: { message?: string; data?: string } };
    if (body.result === undefined) throw new ReferenceError(`${url}${path}: ${body.error?.data ?? body.error?.message ?? `status ${answer.status}`}`);
    return body.result;
  } catch (error) {
    if (error instanceof ReferenceError) throw error;
    throw new ReferenceError(`${url}${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** CometBFT's address of an Ed25519 key: the first 20 bytes of its SHA-256, in upper-case hex (crypto/ed25519). */
export function validatorAddress(publicKey: Buffer): string {
  return createHash("sha256").update(publicKey).digest().subarray(0, 20).toString("hex").toUpperCase();
}
