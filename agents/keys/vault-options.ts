import { readFileSync } from "node:fs";
import type { RegionVault } from "./region-vault";

export interface VaultOptions {
  /** `region=https://host:port`, one per region. */
  readonly vault: readonly string[];
  /** `region=path`, one per region: a token is never an argument, because everybody on the machine can read those. */
  readonly tokenFile: readonly string[];
  /** PEM, for all of them. */
  readonly caFile?: string;
}

/** @throws with what is missing or doubled */
export function vaultsFrom(options: VaultOptions): RegionVault[] {
  const addresses = pairs(options.vault, "--vault");
  const tokens = pairs(options.tokenFile, "--token-file");
  const strange = [...tokens.keys()].filter((region) => !addresses.has(region));
  if (strange.length > 0) throw new Error(`--token-file names ${strange.join(", ")}, but no --vault does`);
  if (addresses.size < 2) throw new Error(`a validator key belongs into both regions: give --vault twice, as --vault <region>=<address>`);
  const ca = options.caFile === undefined ? undefined : readFileSync(options.caFile, "utf8");
  return [...addresses].map(([region, address]) => {
    if (!/^https?:\/\//.test(address)) throw new Error(`--vault ${region}=${address}: the address has to begin with https:// (or http:// on one machine)`);
    const file = tokens.get(region);
    if (file === undefined) throw new Error(`region ${region} has no token: give --token-file ${region}=<path>`);
    const token = readFileSync(file, "utf8").trim();
    if (token === "") throw new Error(`the token file ${file} of region ${region} is empty`);
    return { region, address, token, ...(ca !== undefined && { ca }) };
  });
}

function pairs(values: readonly string[], option: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const value of values) {
    const cut = value.indexOf("=");
    if (cut < 1 || cut === value.length - 1) throw new Error(`${option} ${value}: write ${option} <region>=<value>`);
    const region = value.slice(0, cut);
    if (map.has(region)) throw new Error(`${option} names region ${region} twice`);
    map.set(region, value.slice(cut + 1));
  }
  return map;
}
