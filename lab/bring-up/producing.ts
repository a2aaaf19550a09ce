import { setTimeout as sleep } from "node:timers/promises";
import { addressOf } from "../../chains/cometbft/keys";
import type { ChainView } from "../fleet/fleet";
import { readFleet } from "../fleet/fleet";
import type { RegionName } from "../layout";
import { commit, head, validators } from "../world/chain";
import { voteOf } from "../world/judgement";

/** What a chain is waited for. */
export interface Expected {
  /** `<chain>-<network>` */
  readonly instance: string;
  /** Base64 of the validator's public key. */
  readonly publicKey: string;
}

/** Heights of a region's node when it was first seen. */
type Seen = Map<RegionName, number>;

/**
 * Waits until one region produces, the other one follows, both nodes' heights rise and the world's chain holds a commit that
 * our validator signed.
 *
 * @throws after the time with what is still missing and where the logs are
 */
export async function untilProducing(state: string, expected: Expected, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const seen: Seen = new Map();
  for (;;) {
    signal.throwIfAborted();
    const { chains, problems } = await readFleet(state);
    const chain = chains.find((view) => view.instance === expected.instance && view.gated);
    const missing = chain === undefined ? [`no pod of ${expected.instance} yet`, ...problems] : [...missingOf(chain, seen), ...(await unsigned(expected.publicKey))];
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`${expected.instance} does not produce in one region and follow in the other after ${timeoutMs / 1000} s:\n${missing.map((m) => `- ${m}`).join("\n")}\nPods' logs are in ${state}/logs/pods, servers' logs in ${state}/logs.`);
    }
    await sleep(300, undefined, { signal });
  }
}

/** What keeps a chain from being called up, as sentences. `seen` is filled with first heights. */
export function missingOf(chain: ChainView, seen: Seen): string[] {
  const missing: string[] = [];
  if (chain.active === undefined) missing.push("no region's gate is active");
  for (const view of chain.regions) {
    const { region, gate } = view;
    if (gate === undefined) {
      missing.push(`region ${region}: ${view.silent ?? "no gate"}`);
      continue;
    }
    if (view.pod?.ready !== true) missing.push(`region ${region}: its pod is not ready`);
    if (gate.lastSigned === undefined) missing.push(`region ${region}: its gate has not signed or replayed yet`);
    if (gate.role === "quarantine") missing.push(`region ${region}: in quarantine, ${gate.quarantine ?? gate.plan}`);
    if (gate.node.height === undefined || gate.node.catchingUp !== false) {
      missing.push(`region ${region}: its node is still catching up`);
      continue;
    }
    const first = seen.get(region) ?? gate.node.height;
    seen.set(region, first);
    if (gate.node.height <= first) missing.push(`region ${region}: its height has not risen above ${first} yet`);
  }
  if (chain.regions.length < 2) missing.push("one region only");
  return missing;
}

/** Undefined when the newest final commit of the world holds our signature. */
async function unsigned(publicKey: string): Promise<readonly string[]> {
  try {
    const { height } = await head();
    if (height < 2) return ["the world's chain has no final commit yet"];
    const [set, newest] = await Promise.all([validators(height - 1), commit(height - 1)]);
    const vote = voteOf(addressOf(Buffer.from(publicKey, "base64")), set, newest);
    return vote === "commit" ? [] : [`height ${height - 1} of the world's chain: our validator is ${vote === undefined ? "not in the set" : vote}`];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
