import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { z } from "zod";

export interface RegionVault {
  readonly region: string;
  /** `https://host:port`; plain `http` only where nothing but this machine is between (the local environment). */
  readonly address: string;
  readonly token: string;
  /** PEM of the authority that signed Vault's certificate. @default the system's */
  readonly ca?: string;
}

/** A region's Vault did not do what it was asked; the message names region, path and reason, never the token or a value. */
export class VaultError extends Error {
  constructor(
    readonly region: string,
    message: string,
    /** HTTP status; undefined when there was no answer. */
    readonly status?: number,
  ) {
    super(`Vault of region ${region}: ${message}`);
    this.name = "VaultError";
  }
}

const requestMilliseconds = 10_000;
const errorsSchema = z.object({ errors: z.array(z.string()).optional() });

export interface Answer {
  readonly status: number;
  /** Parsed, unchecked: the caller has the schema. */
  readonly body: unknown;
}

/** One request. Answers 404 like any other; other statuses from 400 are errors. */
export async function askVault(vault: RegionVault, method: "GET" | "POST" | "LIST" | "DELETE", path: string, body?: unknown): Promise<Answer> {
  const { status, text } = await send(vault, method, path, body === undefined ? undefined : JSON.stringify(body));
  const parsed = parse(text);
  if (status < 400 || status === 404) return { status, body: parsed };
  const told = errorsSchema.safeParse(parsed);
  const reason = (told.success && told.data.errors?.join("; ").trim()) || "no reason given";
  const hint = status === 503 ? "; it is sealed or has no leader" : status === 403 ? "; the token does not allow it" : "";
  throw new VaultError(vault.region, `${method} ${path} answered ${status}: ${reason}${hint}`, status);
}

function send(vault: RegionVault, method: string, path: string, payload: string | undefined): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(`${vault.address.replace(/\/$/, "")}/v1/${path}`);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new VaultError(vault.region, `no answer from ${url.origin}: ${error.message || (error as NodeJS.ErrnoException).code || "connection failed"}`));
    const options = { method, timeout: requestMilliseconds, headers: { "x-vault-token": vault.token, "x-vault-request": "true" }, ...(vault.ca && { ca: vault.ca }) };
    const outgoing = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("error", fail);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`nothing came for ${requestMilliseconds / 1000} s`)));
    outgoing.on("error", fail);
    outgoing.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
