import { z } from "zod";
import { KeyFileError, keyWorks, parseKeyFile } from "../gate/key";
import { askVault, type RegionVault, VaultError } from "./region-vault";

/** Where keys are in every region's Vault. */
export const keyMount = "chainstead-keys";
export const keyField = "priv_validator_key";
export const keyPath = (instance: string): string => `validators/${instance}`;

/** What a region's Vault holds for a chain, without the private part. */
export type Held =
  /** `version`: what a first write has to name as the current one (0, or a deleted one). */
  | { readonly state: "absent"; readonly region: string; readonly version: number }
  | { readonly state: "held"; readonly region: string; readonly version: number; readonly publicKey: string; readonly address: string }
  /** Something is there that is no usable key. */
  | { readonly state: "broken"; readonly region: string; readonly version: number; readonly why: string }
  | { readonly state: "unreachable"; readonly region: string; readonly why: string };

const secretSchema = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: z.object({ version: z.number().int() }) }),
});

/** Reads the key, tries it by a signature of its own, and tells its public half. */
export async function readHeld(vault: RegionVault, instance: string): Promise<Held> {
  const { region } = vault;
  try {
    const { status, body } = await askVault(vault, "GET", `${keyMount}/data/${keyPath(instance)}`);
    const parsed = secretSchema.safeParse(body);
    if (status === 404 && !parsed.success) return { state: "absent", region, version: 0 };
    if (!parsed.success) return { state: "unreachable", region, why: `${keyMount} answers in an unknown form; is it a key-value mount of version 2?` };
    const { data, metadata } = parsed.data.data;
    // A deleted or destroyed version answers 404 with its metadata.
    if (data === null) return { state: "absent", region, version: metadata.version };
    return judge(data[keyField], { region, version: metadata.version });
  } catch (error) {
    if (error instanceof VaultError) return { state: "unreachable", region, why: error.message };
    throw error;
  }
}

function judge(text: unknown, where: { readonly region: string; readonly version: number }): Held {
  if (typeof text !== "string") return { state: "broken", ...where, why: `its field ${keyField} is missing` };
  try {
    const key = parseKeyFile(text, `the key of region ${where.region}`);
    if (!keyWorks(key)) return { state: "broken", ...where, why: "it does not sign" };
    return { state: "held", ...where, publicKey: key.publicKey.toString("base64"), address: key.address };
  } catch (error) {
    if (error instanceof KeyFileError) return { state: "broken", ...where, why: error.message };
    throw error;
  }
}
