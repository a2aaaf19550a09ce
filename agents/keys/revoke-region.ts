import { z } from "zod";
import { keyMount, keyPath, readHeld } from "./held-key";
import { askVault, type RegionVault } from "./region-vault";

export interface RevokeOptions {
  readonly vault: RegionVault;
  readonly instance: string;
  /** Also remove every version of the key from this region, for good. Only while `peer` is seen to hold the key. @default false */
  readonly destroyKey?: boolean;
  readonly peer?: RegionVault;
}

export interface RevokeResult {
  readonly region: string;
  readonly instance: string;
  /** Was it there? All of it is gone now. */
  readonly role: boolean;
  readonly policy: boolean;
  /** Tokens that had been given out under the role. */
  readonly tokens: number;
  readonly keyDestroyed: boolean;
}

/** Nothing was done, because the last copy of the key would have gone. */
export class LastCopy extends Error {
  override readonly name = "LastCopy";
}

const listSchema = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const tokenSchema = z.object({ data: z.object({ path: z.string(), meta: z.record(z.string(), z.string()).nullable() }) });
/** Lookups at once: a busy Vault has thousands of tokens. */
const lookupsAtOnce = 16;

/** Role and policy of a chain in every region's Vault. */
export const grantName = (instance: string): string => `chain-${instance}`;

/**
 * Takes a region's right to a chain's key: first the role, so that nobody logs in any more, then the policy, so that tokens given out
 * are worth nothing, then those tokens. What a gate has already in memory it keeps until its pod ends. May be repeated.
 * @throws VaultError, LastCopy
 */
export async function revokeRegion({ vault, instance, destroyKey, peer }: RevokeOptions): Promise<RevokeResult> {
  const name = grantName(instance);
  if (destroyKey) await assertPeerHolds(vault, peer, instance);
  const role = await remove(vault, `auth/kubernetes/role/${name}`);
  const policy = await remove(vault, `sys/policies/acl/${name}`);
  const tokens = await revokeTokens(vault, name);
  if (destroyKey) await askVault(vault, "DELETE", `${keyMount}/metadata/${keyPath(instance)}`);
  return { region: vault.region, instance, role, policy, tokens, keyDestroyed: destroyKey === true };
}

async function assertPeerHolds(vault: RegionVault, peer: RegionVault | undefined, instance: string): Promise<void> {
  const [own, other] = [await readHeld(vault, instance), peer && (await readHeld(peer, instance))];
  if (own.state === "absent") return;
  if (other?.state === "held" && (own.state === "broken" || (own.state === "held" && own.publicKey === other.publicKey))) return;
  const why = !other ? "the other region was not named" : other.state === "held" ? "the other region holds another key" : other.state === "absent" ? "the other region holds none" : other.why;
  throw new LastCopy(`The key of ${instance} in region ${vault.region} is not destroyed, because it may be the last copy: ${why}. Nothing was changed.`);
}

async function remove(vault: RegionVault, path: string): Promise<boolean> {
  if ((await askVault(vault, "GET", path)).status === 404) return false;
  await askVault(vault, "DELETE", path);
  return true;
}

/** Tokens of the Kubernetes login under this role: the login writes the role into the token's metadata. */
async function revokeTokens(vault: RegionVault, role: string): Promise<number> {
  const listed = listSchema.safeParse((await askVault(vault, "LIST", "auth/token/accessors")).body);
  const accessors = listed.success ? listed.data.data.keys : [];
  let revoked = 0;
  for (let at = 0; at < accessors.length; at += lookupsAtOnce) {
    const found = await Promise.all(accessors.slice(at, at + lookupsAtOnce).map((accessor) => revokeIfOf(vault, role, accessor)));
    revoked += found.filter(Boolean).length;
  }
  return revoked;
}

async function revokeIfOf(vault: RegionVault, role: string, accessor: string): Promise<boolean> {
  let answer;
  try {
    answer = await askVault(vault, "POST", "auth/token/lookup-accessor", { accessor });
  } catch (error) {
    // 403 "invalid accessor": it ended between the list and now.
    if (error instanceof Error && /invalid accessor/.test(error.message)) return false;
    throw error;
  }
  const token = tokenSchema.safeParse(answer.body);
  if (!token.success || !token.data.data.path.startsWith("auth/kubernetes/") || token.data.data.meta?.["role"] !== role) return false;
  await askVault(vault, "POST", "auth/token/revoke-accessor", { accessor });
  return true;
}
