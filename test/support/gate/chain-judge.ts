import { getJson } from "./processes";

/** What the chain itself says about a validator: read from blocks, never from our own processes. */
export interface Verdict {
  readonly from: number;
  readonly to: number;
  /** Heights whose commit lacks our vote (BlockIDFlagAbsent). */
  readonly missed: readonly number[];
  /** Heights at which a block carries evidence. */
  readonly evidence: readonly { readonly height: number; readonly type: string }[];
  /** Heights that needed more than one round. */
  readonly extraRounds: readonly number[];
}

interface BlockAnswer {
  readonly result: {
    readonly block: {
      readonly last_commit: { readonly height: string; readonly round: number; readonly signatures: readonly { readonly block_id_flag: number; readonly validator_address: string }[] };
      readonly evidence: { readonly evidence: readonly { readonly type: string }[] };
    };
  };
}

const absent = 1;

export async function height(rpc: string): Promise<number> {
  const status = await getJson<{ result: { sync_info: { latest_block_height: string } } }>(`${rpc}/status`);
  return Number(status.result.sync_info.latest_block_height);
}

/** Heights `from` to `to` inclusive; the commit of a height stands in the block after it. */
export async function judge(rpc: string, validators: readonly string[], address: string, from: number, to: number): Promise<Verdict> {
  const missed: number[] = [];
  const evidence: { height: number; type: string }[] = [];
  const extraRounds: number[] = [];
  for (let h = from; h <= to + 1; h++) {
    const { block } = (await getJson<BlockAnswer>(`${rpc}/block?height=${h}`)).result;
    for (const entry of block.evidence.evidence) evidence.push({ height: h, type: entry.type });
    const commit = block.last_commit;
    if (h === from) continue;
    if (commit.round > 0) extraRounds.push(h - 1);
    // An absent signature carries no address: it is known by its place in the validator set.
    const entry = commit.signatures[validators.indexOf(address)];
    if (entry === undefined || entry.block_id_flag === absent) missed.push(h - 1);
  }
  return { from, to, missed, evidence, extraRounds };
}

/** Addresses in the order in which commits list them. */
export async function validatorOrder(rpc: string): Promise<readonly string[]> {
  const answer = await getJson<{ result: { validators: readonly { address: string }[] } }>(`${rpc}/validators`);
  return answer.result.validators.map((v) => v.address);
}
