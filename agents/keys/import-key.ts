import { parseKeyFile } from "../gate/key";
import { type Held, keyField, keyMount, keyPath, readHeld } from "./held-key";
import { askVault, type RegionVault, VaultError } from "./region-vault";

export interface RegionImport {
  readonly region: string;
  readonly outcome: "written" | "already there" | "not done";
  /** Why it was not done. */
  readonly why?: string;
}

export interface ImportResult {
  readonly instance: string;
  readonly publicKey: string;
  readonly address: string;
  readonly regions: readonly RegionImport[];
  /** Every region holds the key. Otherwise the same command again finishes it. */
  readonly complete: boolean;
}

/** A region holds another key: nothing was written anywhere. */
export class KeyConflict extends Error {
  override readonly name = "KeyConflict";
}

/**
 * Puts one key into every region's Vault and reads it back. A key that is there is never overwritten: every region is looked at first, and
 * each write names the version it follows, so that another import at the same moment cannot be lost either.
 * @throws KeyConflict when a region holds another key; KeyFileError for a bad key text
 */
export async function importKey(vaults: readonly RegionVault[], instance: string, keyText: string): Promise<ImportResult> {
  const key = parseKeyFile(keyText, "the key to import");
  const publicKey = key.publicKey.toString("base64");
  const before = await Promise.all(vaults.map((vault) => readHeld(vault, instance)));
  assertNoOther(before, instance, publicKey, key.address);
  const regions = await Promise.all(vaults.map((vault, i) => importInto(vault, instance, keyText, publicKey, before[i])));
  return { instance, publicKey, address: key.address, regions, complete: regions.every((region) => region.outcome !== "not done") };
}

function assertNoOther(found: readonly Held[], instance: string, publicKey: string, address: string): void {
  const others = found.flatMap((held) => {
    if (held.state === "held" && held.publicKey !== publicKey) return [`  region ${held.region} holds ${held.address} (public key ${held.publicKey}, version ${held.version})`];
    return held.state === "broken" ? [`  region ${held.region} holds something that is no usable key (version ${held.version}): ${held.why}`] : [];
  });
  if (others.length === 0) return;
  throw new KeyConflict(
    `${instance} cannot get the key ${address} (public key ${publicKey}); nothing was written:\n${others.join("\n")}\nFind out which key is the validator's. To take the other one out of a region: \`chainstead keys revoke --destroy-key\`.`,
  );
}

async function importInto(vault: RegionVault, instance: string, keyText: string, publicKey: string, before: Held | undefined): Promise<RegionImport> {
  const { region } = vault;
  if (!before || before.state === "unreachable" || before.state === "broken") return { region, outcome: "not done", why: before?.why ?? "not looked at" };
  if (before.state === "held") return { region, outcome: "already there" };
  try {
    await askVault(vault, "POST", `${keyMount}/data/${keyPath(instance)}`, { data: { [keyField]: keyText }, options: { cas: before.version } });
  } catch (error) {
    // Someone was faster, or the answer was lost: what the region holds now decides.
    if (!(error instanceof VaultError)) throw error;
    const now = await readHeld(vault, instance);
    return now.state === "held" && now.publicKey === publicKey ? { region, outcome: "already there" } : { region, outcome: "not done", why: error.message };
  }
  const now = await readHeld(vault, instance);
  if (now.state === "held" && now.publicKey === publicKey) return { region, outcome: "written" };
  return { region, outcome: "not done", why: "it was written, but what is read back is not the same key" };
}
