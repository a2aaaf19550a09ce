import { z } from "zod";
import type { GateConfig } from "../../chains/gate-config";

const name = z.string().min(1, "must not be empty");
const positive = z.number().positive("must be above zero");
const address = z.url({ protocol: /^https?$/, error: "must be an http address such as http://127.0.0.1:26657" });

const schema = z
  .object({
    chain: name,
    network: name,
    instance: name,
    chainId: name,
    region: name,
    peerRegion: name,
    preferredRegion: name,
    ledgerMode: z.enum(["follow", "silent"]).default("follow"),
    socket: z.string().startsWith("/", "must be an absolute path"),
    keyFile: z.string().startsWith("/", "must be an absolute path"),
    consul: z.array(address).min(1, "needs at least one server, own region first"),
    nodeRpc: address,
    references: z.array(address),
    blockTime: positive,
    followMs: positive,
    commitTimeoutMs: positive,
    lease: z.object({ renewMs: positive, leaseMs: positive, waitMs: positive, raftMultiplier: z.number().int().min(1).max(10) }),
    flipAfterSteps: z.number().int().min(1).max(6, "the document keeps three heights, so at most 6 steps can be counted").default(4),
    lockRule: z.boolean().default(true),
    holdSeconds: positive.default(256),
    failoversPerHour: z.number().int().min(0).default(3),
    port: z.number().int().min(1).max(65535),
  })
  .superRefine((c, ctx) => {
    const problem = (path: string, message: string): void => ctx.addIssue({ code: "custom", path: path.split("."), message });
    if (c.region === c.peerRegion) problem("peerRegion", `is the same as region (${c.region}); it must name the other one`);
    if (c.preferredRegion !== c.region && c.preferredRegion !== c.peerRegion) problem("preferredRegion", `${c.preferredRegion} is neither region (${c.region}) nor peerRegion (${c.peerRegion})`);
    if (c.instance !== `${c.chain}-${c.network}`) problem("instance", `${c.instance} must be <chain>-<network>, ${c.chain}-${c.network}`);
    if (c.ledgerMode === "follow" && 2 * c.followMs >= c.commitTimeoutMs) problem("followMs", `2 x ${c.followMs} must stay below commitTimeoutMs (${c.commitTimeoutMs}), or late precommits are missed; lower it`);
    if (c.lease.renewMs * 2 > c.lease.leaseMs) problem("lease.renewMs", `${c.lease.renewMs} must be at most half of leaseMs (${c.lease.leaseMs})`);
    // The same inequality as the stack check: drift of clock rates 1 %, half a second from release to the wire.
    if (c.lease.waitMs * 0.99 < c.lease.leaseMs * 1.01 + 500) problem("lease.waitMs", `${c.lease.waitMs} is too short for leaseMs ${c.lease.leaseMs}: waitMs x 0.99 must reach leaseMs x 1.01 + 500`);
  });

export class ConfigError extends Error {}

/** @throws ConfigError that lists all problems at once, each with its field, its value and the remedy */
export function parseConfig(text: string, path: string): GateConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join(".") || "(whole file)"}: ${issue.message}${given(value, issue.path)}`);
  throw new ConfigError(`${path} has ${problems.length} problem${problems.length === 1 ? "" : "s"}:\n${problems.join("\n")}`);
}

function given(value: unknown, path: readonly PropertyKey[]): string {
  let at: unknown = value;
  for (const part of path) at = typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined;
  return typeof at === "string" || typeof at === "number" ? ` (is ${JSON.stringify(at)})` : at === undefined ? " (is missing)" : "";
}
