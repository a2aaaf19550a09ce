import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { RegionName } from "../layout";
import { vaultAddress } from "../layout";
import { writePrivateFile } from "./private-file";

/** Says by its name that nothing like it may exist in production: there, recovery keys go to the operators and are never stored. */
const fileName = "LAB-ONLY-unseal-not-for-production.json";

/** For `status`: everybody who sees the lab must see this. */
export const vaultBanner = `LAB ONLY: Vault is unsealed with one key share that lies beside it (${fileName}). Never do this in production.`;

export interface VaultSecrets {
  readonly warning: string;
  readonly unsealKey: string;
  readonly rootToken: string;
}

const initAnswer = z.object({ keys_base64: z.array(z.string()).length(1), root_token: z.string() });
const sealStatus = z.object({ initialized: z.boolean(), sealed: z.boolean() });
const secretsFile = z.object({ warning: z.string(), unsealKey: z.string(), rootToken: z.string() });

export function vaultSecretsPath(state: string, region: RegionName): string {
  return join(state, "vault", region, fileName);
}

/** @returns undefined when this region's Vault was never initialised by the lab */
export function readVaultSecrets(state: string, region: RegionName): VaultSecrets | undefined {
  const path = vaultSecretsPath(state, region);
  return existsSync(path) ? secretsFile.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

/**
 * The step between the platform and the chains: initialises a region's Vault with one share when it is new, and unseals it.
 * Idempotent.
 *
 * @throws when Vault is initialised but its secrets are gone, which only a lost state folder explains
 */
export async function bootstrapVault(state: string, region: RegionName): Promise<VaultSecrets> {
  const status = sealStatus.parse(await vaultRequest(region, "GET", "sys/seal-status"));
  if (!status.initialized) await initialise(state, region);
  const secrets = readVaultSecrets(state, region);
  if (secrets === undefined) {
    throw new Error(`Vault of region ${region} is initialised, but ${vaultSecretsPath(state, region)} is missing; run \`make down\`, then \`make up\``);
  }
  await unseal(region, secrets);
  await untilActive(region);
  return secrets;
}

async function initialise(state: string, region: RegionName): Promise<void> {
  const answer = initAnswer.parse(await vaultRequest(region, "PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 }));
  const [unsealKey] = answer.keys_base64;
  const secrets = { warning: "Made by the local environment for throw-away keys. Not for production.", unsealKey, rootToken: answer.root_token };
  writePrivateFile(vaultSecretsPath(state, region), JSON.stringify(secrets, undefined, 2) + "\n");
}

/** @returns whether it had been sealed */
async function unseal(region: RegionName, secrets: VaultSecrets): Promise<boolean> {
  const status = sealStatus.parse(await vaultRequest(region, "GET", "sys/seal-status"));
  if (!status.initialized || !status.sealed) return false;
  await vaultRequest(region, "PUT", "sys/unseal", { key: secrets.unsealKey });
  return true;
}

/** Unsealing returns before the server leads itself; a write before that is answered 503. */
async function untilActive(region: RegionName): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const response = await fetch(`${vaultAddress(region)}/v1/sys/health`, { signal: AbortSignal.timeout(5_000) });
    if (response.status === 200) return;
    await sleep(100);
  }
  throw new Error(`Vault of region ${region} (${vaultAddress(region)}) did not become active within 30 s of being unsealed; see its log`);
}

/**
 * Keeps a region's Vault unsealed until the signal ends it. A Vault that is down or not yet initialised is waited for.
 *
 * @param say where a line goes when it unsealed something or cannot
 */
export async function keepUnsealed(state: string, region: RegionName, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  let trouble = "";
  while (!signal.aborted) {
    try {
      const secrets = readVaultSecrets(state, region);
      if (secrets !== undefined && (await unseal(region, secrets))) say(`unsealed Vault of region ${region}`);
      trouble = "";
    } catch (error) {
      const text = String(error);
      // Once per cause: a Vault that is away for an hour is one line, not thousands.
      if (text !== trouble) say(`Vault of region ${region} cannot be unsealed yet: ${text}`);
      trouble = text;
    }
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
}

async function vaultRequest(region: RegionName, method: "GET" | "PUT", path: string, body?: unknown): Promise<unknown> {
  const url = `${vaultAddress(region)}/v1/${path}`;
  const response = await fetch(url, { method, signal: AbortSignal.timeout(15_000), ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.trim()}`);
  return JSON.parse(text);
}
