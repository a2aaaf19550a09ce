import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../plain";
import { ProviderError } from "./provider";

export interface Endpoint {
  /** `https://host:port`, with or without a path. */
  readonly address: string;
  readonly headers?: () => Record<string, string>;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string; readonly insecure?: boolean };
}

export interface Reply {
  readonly status: number;
  readonly body: Json | undefined;
  readonly text: string;
}

export interface Call {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: Json;
  readonly contentType?: string;
  /** Sent as it is instead of `body`. */
  readonly raw?: string;
}

const requestMilliseconds = 30_000;
/** A server that is just starting, or a leader that is being elected, is back within this time. */
const retryMilliseconds = 15_000;
const busy = new Set([429, 502, 503, 504]);

/**
 * A JSON client over node's own HTTP: its `fetch` takes no private certificate authority. All calls of our providers may be
 * repeated, so a connection that fails or a server that is busy is tried again for 15 s.
 */
export class HttpClient {
  readonly #agent: HttpAgent;
  readonly #secure: boolean;

  constructor(private readonly endpoint: Endpoint) {
    this.#secure = endpoint.address.startsWith("https:");
    if (!/^https?:\/\//.test(endpoint.address)) throw new ProviderError(`The address "${endpoint.address}" is no URL; write http://host:port or https://host:port.`, { refused: true });
    const { ca, cert, key, servername, insecure } = endpoint.tls ?? {};
    this.#agent = this.#secure
      ? new HttpsAgent({ keepAlive: true, ca, cert, key, servername, rejectUnauthorized: insecure !== true })
      : new HttpAgent({ keepAlive: true });
  }

  /** Any status is an answer; the caller judges it. @throws ProviderError when there is none. */
  async call(call: Call, signal?: AbortSignal): Promise<Reply> {
    const until = Date.now() + retryMilliseconds;
    for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
      const last = Date.now() + pause > until || signal?.aborted === true;
      try {
        const reply = await this.#once(call);
        if (last || !busy.has(reply.status)) return reply;
      } catch (error) {
        const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
        if (last) throw new ProviderError(`No answer from ${this.endpoint.address} to ${call.method} ${call.path.split("?")[0]}: ${reason}. Is the server up, and reachable from here?`);
      }
      await sleep(pause);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(call: Call): Promise<Reply> {
    const payload = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    const url = new URL(this.endpoint.address.replace(/\/$/, "") + call.path);
    return new Promise((resolve, reject) => {
      const send = this.#secure ? httpsRequest : httpRequest;
      const outgoing = send(
        url,
        {
          method: call.method,
          agent: this.#agent,
          timeout: requestMilliseconds,
          headers: {
            accept: "application/json",
            ...(payload !== undefined && { "content-type": call.contentType ?? "application/json", "content-length": Buffer.byteLength(payload) }),
            ...this.endpoint.headers?.(),
          },
        },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on("data", (part: Buffer) => parts.push(part));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            resolve({ status: incoming.statusCode ?? 0, text, body: parse(text) });
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error(`nothing came for ${requestMilliseconds / 1000} s`)));
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
