import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { validatorTransaction } from "../../chains/cometbft/world";
import { head, validators } from "./chain";
import { RpcError, call, worldRpc } from "./rpc";

const broadcastShape = z.object({ code: z.number(), log: z.string().optional(), hash: z.string() });

export interface PowerChange {
  readonly before: number;
  readonly after: number;
  /** First height that the validator signs with the new power. */
  readonly height: number;
}

/** The power of a validator in the newest set; 0 when it is not in it. */
export async function powerOf(publicKey: string, nodes: readonly string[] = worldRpc): Promise<number> {
  return (await validators(undefined, nodes)).find((v) => v.publicKey === publicKey)?.power ?? 0;
}

/**
 * Gives a validator its power by a transaction on the world's chain, and waits until the chain's set says so; 0 takes it
 * out. Does nothing when it is so already.
 *
 * @param publicKey base64, `pub_key.value` of priv_validator_key.json
 * @param timeoutMs @default 60 000: at 5 s blocks a change takes effect after two to three blocks
 * @throws when the chain refuses the transaction or the set does not change in time
 */
export async function setPower(publicKey: string, power: number, nodes: readonly string[] = worldRpc, timeoutMs = 60_000): Promise<PowerChange> {
  const before = await powerOf(publicKey, nodes);
  if (before !== power) await broadcast(publicKey, power, nodes);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const now = await powerOf(publicKey, nodes);
    if (now === power) return { before, after: power, height: (await head(nodes)).height + 1 };
    if (Date.now() > deadline) throw new Error(`world's chain: validator ${publicKey} still has power ${now} and not ${power} after ${timeoutMs / 1000} s; see the world-*.log files`);
    await sleep(200);
  }
}

/** A node remembers the transactions it has seen and refuses the same bytes again, so a repeated change is spelt with zeros before the number. */
async function broadcast(publicKey: string, power: number, nodes: readonly string[]): Promise<void> {
  const text = validatorTransaction(publicKey, power);
  const stem = text.slice(0, text.lastIndexOf("!") + 1);
  for (let zeros = 0; zeros < 64; zeros += 1) {
    const tx = Buffer.from(stem + "0".repeat(zeros) + String(power)).toString("base64");
    try {
      const answer = await call(nodes, "broadcast_tx_sync", { tx }, broadcastShape);
      if (answer.code !== 0) throw new Error(`world's chain: transaction "${text}" was refused with code ${answer.code} ${answer.log ?? ""}`);
      return;
    } catch (error) {
      if (error instanceof RpcError && error.detail.includes("already exists in cache")) continue;
      throw error;
    }
  }
  throw new Error(`world's chain: transaction "${text}" was sent 64 times already; start with a fresh lab (\`make down\`)`);
}
