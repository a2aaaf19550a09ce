import { Agent, request } from "node:http";
import type { FenceDocument } from "./document";
import { decodeDocument, encodeDocument } from "./document-codec";
import { StoreUnavailable, type CasResult, type FenceStore, type Reading } from "./store";

export interface ConsulStoreOptions {
  /** HTTP addresses of servers, own region first. */
  readonly servers: readonly string[];
  readonly key: string;
  /** How long one operation may take before the quorum counts as gone. @default 500 */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const defaultTimeoutMs = 500;
/** Consul adds up to a sixteenth to the wait of a blocking query. */
const waitSlack = 17 / 16;
/** After this long away from the own region's first server it is tried again. */
const goHomeEveryMs = 3_000;

/**
 * The document in Consul KV. Reads are `?consistent`: only those are linearizable. Writes go through `/v1/txn` with the
 * verb `cas`, which answers with the new ModifyIndex; `PUT ?cas=` does not. Sessions and TTLs are not used.
 * https://developer.hashicorp.com/consul/api-docs/txn, https://developer.hashicorp.com/consul/api-docs/features/consistency
 */
export class ConsulStore implements FenceStore {
  private current = 0;
  private leftHomeAt = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private readonly timeoutMs: number;

  constructor(private readonly options: ConsulStoreOptions) {
    if (options.servers.length === 0) throw new Error("no Consul server is configured: give at least one HTTP address, own region first");
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  }

  async read(): Promise<Reading> {
    return this.onCurrent((server) => this.readAt(server));
  }

  async readFromAny(): Promise<Reading> {
    const attempts = this.options.servers.map(async (server, i) => ({ i, reading: await this.readAt(server) }));
    try {
      const first = await Promise.any(attempts);
      this.use(first.i);
      return first.reading;
    } catch (error) {
      const causes = error instanceof AggregateError ? error.errors.map((e) => (e instanceof Error ? e.message : String(e))) : [String(error)];
      throw new StoreUnavailable(`no Consul server gives a consistent answer: ${[...new Set(causes)].join("; ")}`);
    }
  }

  async wait(index: number, ms: number, signal: AbortSignal): Promise<Reading> {
    await this.goHome();
    const query = index > 0 ? `&index=${index}&wait=${ms}ms` : "";
    return this.onCurrent((server) => this.readAt(server, query, ms * waitSlack + this.timeoutMs, signal)).then(async (reading) => {
      // Without a document there is no index to wait for.
      if (reading.doc === undefined) await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 200)));
      return reading;
    });
  }

  async cas(index: number, doc: FenceDocument): Promise<CasResult> {
    const operation = { KV: { Verb: "cas", Key: this.options.key, Value: Buffer.from(encodeDocument(doc)).toString("base64"), Index: index } };
    return this.onCurrent(async (server) => {
      const answer = await this.call(server, "PUT", "/v1/txn", JSON.stringify([operation]), this.timeoutMs);
      // 409 says that the transaction was rolled back: because of the index, or for another reason (a missing permission).
      if (answer.status === 409 && answer.body.includes("index is stale")) return { kind: "stale" };
      if (answer.status !== 200) throw new StoreUnavailable(describe(server, answer));
      return { kind: "written", index: modifyIndex(server, answer.body) };
    });
  }

  private async readAt(server: string, query = "", timeoutMs = this.timeoutMs, signal?: AbortSignal): Promise<Reading> {
    const answer = await this.call(server, "GET", `/v1/kv/${this.options.key}?consistent${query}`, undefined, timeoutMs, signal);
    if (answer.status === 404) return { index: 0 };
    if (answer.status !== 200) throw new StoreUnavailable(describe(server, answer));
    const entry = firstEntry(server, answer.body);
    return { index: entry.ModifyIndex, doc: decodeDocument(Buffer.from(entry.Value ?? "", "base64").toString()) };
  }

  private async onCurrent<T>(operation: (server: string) => Promise<T>): Promise<T> {
    const used = this.current;
    try {
      return await operation(this.options.servers[used] as string);
    } catch (error) {
      if (error instanceof StoreUnavailable && this.current === used) this.use((used + 1) % this.options.servers.length);
      throw error;
    }
  }

  private use(i: number): void {
    if (i !== 0 && this.current === 0) this.leftHomeAt = performance.now();
    this.current = i;
  }

  private async goHome(): Promise<void> {
    if (this.current === 0 || performance.now() - this.leftHomeAt < goHomeEveryMs) return;
    this.leftHomeAt = performance.now();
    await this.readAt(this.options.servers[0] as string).then(
      () => this.use(0),
      () => undefined,
    );
  }

  private call(server: string, method: string, path: string, body: string | undefined, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new StoreUnavailable(`${server}: ${why}`));
      const sent = request(new URL(path, server), { method, agent: this.agent, signal, headers: body === undefined ? {} : { "content-type": "application/json" } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
        response.on("error", (error) => fail(error.message));
      });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
      sent.on("error", (error) => {
        clearTimeout(timer);
        fail(error.message);
      });
      sent.end(body);
    });
  }

  /** Drops idle connections. */
  close(): void {
    this.agent.destroy();
  }
}

interface KvEntry {
  readonly ModifyIndex: number;
  readonly Value?: string | null;
}

function firstEntry(server: string, body: string): KvEntry {
  const entry: unknown = (parse(server, body) as readonly unknown[])[0];
  if (typeof entry === "object" && entry !== null && "ModifyIndex" in entry && typeof entry.ModifyIndex === "number") return entry as KvEntry;
  throw new StoreUnavailable(`${server}: an answer without ModifyIndex`);
}

function modifyIndex(server: string, body: string): number {
  const results = (parse(server, body) as { Results?: readonly { KV?: { ModifyIndex?: number } }[] | null }).Results;
  const index = results?.[0]?.KV?.ModifyIndex;
  if (typeof index !== "number") throw new StoreUnavailable(`${server}: a transaction without ModifyIndex`);
  return index;
}

function parse(server: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new StoreUnavailable(`${server}: an answer that is not JSON`);
  }
}

function describe(server: string, answer: Answer): string {
  return `${server}: status ${answer.status} ${answer.body.slice(0, 120).trim()}`;
}
