import type { HeadProbe } from "../../chains/definition";
import { getJson, type Status } from "./rpc";

/** Reads the head of any chain that tells it as JSON over HTTP, by the definition's dotted paths. */
export async function readHead(node: string, head: HeadProbe, timeoutMs = 2000): Promise<Status> {
  const url = `${node}${head.path}`;
  const body = await getJson(url, timeoutMs);
  const height = Number(at(body, head.height));
  const time = timeOf(at(body, head.headTime));
  const syncing = at(body, head.syncing);
  if (!Number.isSafeInteger(height) || Number.isNaN(time)) {
    throw new Error(`${url}: no height at '${head.height}' or no time at '${head.headTime}' in ${JSON.stringify(body).slice(0, 200)}`);
  }
  return { height, time, syncing: syncing === true || syncing === "true" };
}

function at(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined), body);
}

/** Milliseconds since 1970, from seconds or from RFC 3339. */
function timeOf(value: unknown): number {
  return typeof value === "number" ? value * 1000 : Date.parse(String(value));
}
