import { z } from "zod";
import { worldValidators } from "../layout";

/** RPC addresses of the outside validators; any of them answers for the chain. */
export const worldRpc: readonly string[] = worldValidators.map((v) => `http://${v.address}:${v.rpc}`);

/** What CometBFT answered instead of a result. */
export class RpcError extends Error {
  constructor(
    readonly method: string,
    readonly detail: string,
  ) {
    super(`world's chain: ${method} was refused: ${detail}`);
  }
}

const envelope = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.string().optional() }).optional(),
});

/**
 * One JSON-RPC call, at the first node that answers.
 *
 * @throws RpcError when a node refuses, and a plain error naming each address when none answers
 * @see https://docs.cometbft.com/v1.0/rpc/
 */
export async function call<T>(nodes: readonly string[], method: string, params: Readonly<Record<string, unknown>>, shape: z.ZodType<T>): Promise<T> {
  const failures: string[] = [];
  for (const node of nodes) {
    let answer: z.infer<typeof envelope>;
    try {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const response = await fetch(node, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(10_000) });
      answer = envelope.parse(await response.json());
    } catch (error) {
      failures.push(`${node}: ${error instanceof Error ? [error.message, error.cause].filter(Boolean).join(": ") : String(error)}`);
      continue;
    }
    if (answer.error) throw new RpcError(method, [answer.error.message, answer.error.data].filter(Boolean).join(": "));
    return shape.parse(answer.result);
  }
  throw new Error(`world's chain: no node answers ${method} (${failures.join("; ")})`);
}
