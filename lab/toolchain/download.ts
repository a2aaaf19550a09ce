import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { get as httpGet } from "node:http";
import type { IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Milliseconds without a byte after which a transfer counts as dead. */
const silence = 15_000;
const redirects = 5;

/** Answer to a GET request, redirects followed. @throws when it is not 200 */
async function open(url: string, left = redirects, signal?: AbortSignal): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.startsWith("http:") ? httpGet : httpsGet)(url, { signal, timeout: silence }, resolve);
    request.once("timeout", () => request.destroy(new Error(`${url} is silent for ${silence / 1000} s`)));
    request.once("error", reject);
  });
  const { statusCode = 0, headers } = response;
  if (statusCode === 200) return response;
  response.resume();
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && left > 0) return open(new URL(headers.location, url).href, left - 1, signal);
  throw new Error(`${url} answers ${statusCode}`);
}

export async function downloadText(url: string, signal?: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await open(url, redirects, signal)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** Writes the file and returns the SHA-256 sum of what was written, in hexadecimal. */
export async function downloadFile(url: string, file: string, progress: (text: string) => void, signal?: AbortSignal): Promise<string> {
  const response = await open(url, redirects, signal);
  const total = Number(response.headers["content-length"] ?? 0);
  const hash = createHash("sha256");
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      progress(`${(bytes / 1024 ** 2).toFixed(0)}${total > 0 ? ` of ${(total / 1024 ** 2).toFixed(0)}` : ""} MiB`);
      done(null, chunk);
    },
  });
  await pipeline(response, meter, createWriteStream(file, { mode: 0o600 }), { signal });
  return hash.digest("hex");
}

/** Sum of a file in the text of a sums file: lines of sum and name, or one sum alone. */
export function sumFor(name: string, text: string): string | undefined {
  const lines = text.trim().split("\n").map((line) => line.trim().split(/\s+\*?/));
  const named = lines.find(([, file]) => file === name)?.[0];
  const alone = lines.length === 1 && lines[0]?.length === 1 ? lines[0][0] : undefined;
  const sum = named ?? alone;
  return sum !== undefined && /^[0-9a-f]{64}$/i.test(sum) ? sum.toLowerCase() : undefined;
}
