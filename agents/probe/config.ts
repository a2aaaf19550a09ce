import { z } from "zod";
import type { ProbeConfig } from "../../chains/probe-config";

const url = z.url({ protocol: /^https?$/, error: "must be an http address such as http://127.0.0.1:26657" });
const name = z.string().min(1, "must not be empty");

const schema: z.ZodType<ProbeConfig> = z.object({
  chain: name,
  network: name,
  instance: name,
  region: name,
  family: z.enum(["cometbft", "dummy"]),
  chainId: name,
  node: url,
  head: z.object({ kind: z.enum(["cometbft-rpc", "json-http"]), port: z.number(), path: name, height: name, headTime: name, syncing: name }),
  gateStatus: url.optional(),
  references: z.array(url),
  blockTime: z.number().positive(),
  freshFiles: z.array(z.string().startsWith("/", "must be an absolute path")),
  intervalMs: z.number().int().min(100).max(60_000),
  port: z.number().int().min(0).max(65_535),
});

/** @throws with every problem at once, each with its field */
export function checkedConfig(value: unknown): ProbeConfig {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const problems = result.error.issues.map((issue) => `- ${issue.path.join(".") || "(whole file)"}: ${issue.message}`);
  throw new Error(`the probe's configuration has ${problems.length} problem(s):\n${problems.join("\n")}`);
}
