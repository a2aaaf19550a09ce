import { z } from "zod";

/** What the probe reads of CometBFT's RPC (v0.38 and v1 answer alike). Heights are strings on the wire. */

const count = z.string().regex(/^\d+$/).transform(Number);
const hex = z.string();

const statusResult = z.object({ sync_info: z.object({ latest_block_height: count, latest_block_time: z.string(), catching_up: z.boolean() }) });

const blockResult = z.object({
  block: z.object({
    header: z.object({ height: count, time: z.string() }),
    evidence: z.object({ evidence: z.array(z.looseObject({ type: z.string(), value: z.looseObject({}) })).nullish() }),
    // Null at height 1 on some versions.
    last_commit: z.object({ height: count, signatures: z.array(z.object({ block_id_flag: z.number(), validator_address: hex })).nullish() }).nullish(),
  }),
});

const validatorsResult = z.object({ validators: z.array(z.object({ address: hex, voting_power: count })), count: count, total: count });

export type Status = { readonly height: number; readonly time: number; readonly syncing: boolean };

export interface Block {
  readonly height: number;
  /** The height whose commit this block carries, and who signed it. Flag 1 is absent, 2 for the block, 3 for nil. */
  readonly commit?: { readonly height: number; readonly signatures: readonly { readonly flag: number; readonly address: string }[] };
  /** Addresses of the validators that signed two contents, one for each piece of evidence. */
  readonly equivocators: readonly string[];
}

export interface ChainRpc {
  status(): Promise<Status>;
  block(height: number): Promise<Block>;
  /** Addresses of the validators with power at a height. */
  validators(height: number): Promise<ReadonlySet<string>>;
}

/** @param address without a path, e.g. http://127.0.0.1:26657 */
export function chainRpc(address: string, timeoutMs = 2000): ChainRpc {
  const call = async <T>(path: string, result: z.ZodType<T>): Promise<T> => {
    const body = z.object({ result: z.unknown(), error: z.looseObject({}).optional() }).parse(await getJson(`${address}${path}`, timeoutMs));
    if (body.error !== undefined) {
      throw new Error(`${address}${path}: ${JSON.stringify(body.error)}`);
    }
    return result.parse(body.result);
  };
  return {
    async status() {
      const { sync_info: head } = await call("/status", statusResult);
      return { height: head.latest_block_height, time: Date.parse(head.latest_block_time), syncing: head.catching_up };
    },
    async block(height) {
      const { block } = await call(`/block?height=${height}`, blockResult);
      return {
        height: block.header.height,
        commit: block.last_commit ? { height: block.last_commit.height, signatures: (block.last_commit.signatures ?? []).map((s) => ({ flag: s.block_id_flag, address: s.validator_address })) } : undefined,
        equivocators: (block.evidence.evidence ?? []).flatMap((item) => equivocator(item.value)),
      };
    },
    async validators(height) {
      const found = new Set<string>();
      for (let page = 1; ; page++) {
        const answer = await call(`/validators?height=${height}&per_page=100&page=${page}`, validatorsResult);
        answer.validators.filter((validator) => validator.voting_power > 0).forEach((validator) => found.add(validator.address));
        if (page * 100 >= answer.total) {
          return found;
        }
      }
    },
  };
}

/** The body of a JSON answer; CometBFT answers errors of its own with status 500 and a body. */
export async function getJson(url: string, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${url} answered ${response.status} without JSON: ${text.slice(0, 80)}`);
  }
}

const duplicateVote = z.looseObject({ vote_a: z.looseObject({ validator_address: hex }) });
const lightClientAttack = z.looseObject({ ByzantineValidators: z.array(z.looseObject({ address: hex })).nullish() });

/** Both kinds of evidence name who did it, each in its own way. */
function equivocator(value: unknown): string[] {
  const vote = duplicateVote.safeParse(value);
  if (vote.success) {
    return [vote.data.vote_a.validator_address];
  }
  const attack = lightClientAttack.safeParse(value);
  return attack.success ? (attack.data.ByzantineValidators ?? []).map((validator) => validator.address) : [];
}
