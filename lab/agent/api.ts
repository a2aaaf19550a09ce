import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import { parse } from "yaml";

/** How to reach an API server, out of a kubeconfig's current context. */
export interface Credentials {
  readonly server: URL;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
}

/** The API server answered with an error. */
export class ApiError extends Error {
  constructor(
    readonly method: string,
    readonly path: string,
    readonly status: number,
    message: string,
  ) {
    super(`${method} ${path}: ${status} ${message}`);
  }
}

interface KubeconfigFile {
  "current-context": string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, string | undefined> }[];
  users: { name: string; user: Record<string, string | undefined> }[];
}

/** @throws when the file cannot be read or names no current context */
export function readKubeconfig(path: string): Credentials {
  const file = parse(readFileSync(path, "utf8")) as KubeconfigFile;
  const context = file.contexts?.find((c) => c.name === file["current-context"])?.context;
  const cluster = file.clusters?.find((c) => c.name === context?.cluster)?.cluster;
  const user = file.users?.find((u) => u.name === context?.user)?.user;
  if (!cluster?.server || !user) throw new Error(`kubeconfig ${path}: current-context "${file["current-context"]}" leads to no cluster and user; write it anew with \`make up\``);
  const bytes = (from: Record<string, string | undefined>, field: string): Buffer | undefined => {
    const inline = from[`${field}-data`];
    const named = from[field];
    if (inline) return Buffer.from(inline, "base64");
    return named ? readFileSync(named) : undefined;
  };
  return { server: new URL(cluster.server), ca: bytes(cluster, "certificate-authority"), cert: bytes(user, "client-certificate"), key: bytes(user, "client-key"), token: user.token };
}

export type PatchKind = "merge" | "strategic-merge" | "apply";

const patchTypes: Readonly<Record<PatchKind, string>> = {
  merge: "application/merge-patch+json",
  "strategic-merge": "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/**
 * A small client: plain JSON over HTTPS. The full client would load the whole API's model into each agent for the dozen
 * calls made here.
 */
export class Api {
  private readonly agent: Agent;

  constructor(readonly credentials: Credentials) {
    const { ca, cert, key } = credentials;
    this.agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: 8 });
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>("GET", path);
  }

  create<T>(path: string, body: object): Promise<T> {
    return this.call<T>("POST", path, body);
  }

  update<T>(path: string, body: object): Promise<T> {
    return this.call<T>("PUT", path, body);
  }

  patch<T>(path: string, body: object, kind: PatchKind): Promise<T> {
    return this.call<T>("PATCH", path, body, patchTypes[kind]);
  }

  delete<T>(path: string, options: object = {}): Promise<T> {
    return this.call<T>("DELETE", path, options);
  }

  /** Opens a watch; it has a connection of its own, since it would keep one of the pool's for minutes. */
  stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { ca, cert, key } = this.credentials;
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.credentials.server), { agent: new Agent({ ca, cert, key, keepAlive: false }), headers: this.headers(), signal }, (response) => {
        if (response.statusCode === 200) return resolve(response);
        void text(response).then((body) => reject(new ApiError("GET", path, response.statusCode ?? 0, messageOf(body))), reject);
      });
      outgoing.setTimeout(connectMs, () => outgoing.destroy(new Error(`watch ${path}: no answer in ${connectMs} ms`)));
      outgoing.on("error", reject);
      outgoing.on("response", () => outgoing.setTimeout(0));
      outgoing.end();
    });
  }

  private headers(): Record<string, string> {
    return { Accept: "application/json", ...(this.credentials.token ? { Authorization: `Bearer ${this.credentials.token}` } : {}) };
  }

  private call<T>(method: string, path: string, body?: object, type = "application/json"): Promise<T> {
    const data = body === undefined ? undefined : JSON.stringify(body);
    return new Promise<T>((resolve, reject) => {
      const headers = { ...this.headers(), ...(data === undefined ? {} : { "Content-Type": type, "Content-Length": String(Buffer.byteLength(data)) }) };
      const outgoing = request(new URL(path, this.credentials.server), { method, agent: this.agent, headers }, (response) => {
        text(response).then((answer) => {
          const status = response.statusCode ?? 0;
          if (status >= 300) return reject(new ApiError(method, path, status, messageOf(answer)));
          resolve(JSON.parse(answer) as T);
        }, reject);
      });
      outgoing.setTimeout(callMs, () => outgoing.destroy(new Error(`${method} ${path}: no answer in ${callMs} ms`)));
      outgoing.on("error", reject);
      outgoing.end(data);
    });
  }
}

const connectMs = 15_000;
const callMs = 30_000;

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body.slice(0, 300);
  }
}
