import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey, importKey, openKey, sealKey, verifyKey, type RegionVault } from "../../agents/keys";
import { regions, vaultAddress } from "../layout";
import { writePrivateFile } from "../servers/private-file";
import { readVaultSecrets } from "../servers/vault-bootstrap";

/** Where the lab's throw-away key of a chain lies, sealed, and the passphrase beside it, which only a lab may do. */
export function validatorKeyPaths(state: string, instance: string): { readonly sealed: string; readonly passphrase: string } {
  const folder = join(state, "keys");
  return { sealed: join(folder, `${instance}.sealed.json`), passphrase: join(folder, "LAB-ONLY-passphrase") };
}

/**
 * The text of the chain's key out of its encrypted file, which is made when the lab is new. Takes seconds of CPU, as a
 * passphrase's derivation is meant to; called early, it is done by the time the Vaults can take the key.
 */
export async function openedKey(state: string, instance: string): Promise<string> {
  const paths = validatorKeyPaths(state, instance);
  if (!existsSync(paths.passphrase)) writePrivateFile(paths.passphrase, randomBytes(24).toString("base64"));
  const passphrase = readFileSync(paths.passphrase, "utf8");
  if (!existsSync(paths.sealed)) writePrivateFile(paths.sealed, await sealKey(generateKey(), passphrase));
  return openKey(readFileSync(paths.sealed, "utf8"), passphrase, paths.sealed);
}

/**
 * Puts the chain's validator key into both regions' Vaults, as an operator does with `chainstead keys import`.
 *
 * @param opened the key's text; asked for only where a region does not hold it yet
 * @returns base64 of the public key
 * @throws when a region holds another key, or cannot be written
 */
export async function importValidatorKey(state: string, instance: string, opened: () => Promise<string>): Promise<{ readonly publicKey: string }> {
  const vaults = regions.map((region) => regionVault(state, region));
  // The key is the lab's own throw-away one: where both regions hold the same already, unsealing the file again proves nothing more.
  const { same, regions: [held] } = await verifyKey(vaults, instance);
  if (same && held?.state === "held") return { publicKey: held.publicKey };
  const result = await importKey(vaults, instance, await opened());
  const failed = result.regions.filter((region) => region.outcome === "not done");
  if (failed.length > 0) throw new Error(failed.map((region) => `region ${region.region}: ${region.why ?? "not done"}`).join("; "));
  return { publicKey: result.publicKey };
}

function regionVault(state: string, region: (typeof regions)[number]): RegionVault {
  const secrets = readVaultSecrets(state, region);
  if (secrets === undefined) throw new Error(`Vault of region ${region} was not initialised by this lab; run \`make down\`, then \`make up\``);
  return { region, address: vaultAddress(region), token: secrets.rootToken };
}
