import { type Held, readHeld } from "./held-key";
import type { RegionVault } from "./region-vault";

export interface VerifyResult {
  readonly instance: string;
  readonly regions: readonly Held[];
  /** Every region holds the same key, and it signs. */
  readonly same: boolean;
}

/** Compares what the regions hold by public key; each private key only makes a signature in this process. */
export async function verifyKey(vaults: readonly RegionVault[], instance: string): Promise<VerifyResult> {
  const regions = await Promise.all(vaults.map((vault) => readHeld(vault, instance)));
  const keys = new Set(regions.map((held) => (held.state === "held" ? held.publicKey : held.state)));
  return { instance, regions, same: keys.size === 1 && regions.length > 0 && regions.every((held) => held.state === "held") };
}
