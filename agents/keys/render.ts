import type { Held } from "./held-key";
import type { ImportResult } from "./import-key";
import type { RevokeResult } from "./revoke-region";
import type { VerifyResult } from "./verify-key";

export function renderImport(result: ImportResult): string {
  const regions = result.regions.map((region) => `  region ${region.region}: ${region.outcome}${region.why ? ` (${region.why})` : ""}`);
  const end = result.complete ? "Both regions hold it." : "HALF FINISHED: run the same command again when the region can be reached; what is there already stays.";
  return [`${result.instance}: key ${result.address} (public key ${result.publicKey})`, ...regions, end].join("\n");
}

export function renderVerify(result: VerifyResult): string {
  const end = result.same ? "Both regions hold the same key, and it signs." : "NOT THE SAME in both regions.";
  return [`${result.instance}:`, ...result.regions.map(renderHeld), end].join("\n");
}

function renderHeld(held: Held): string {
  switch (held.state) {
    case "held":
      return `  region ${held.region}: ${held.address} (public key ${held.publicKey}), version ${held.version}`;
    case "absent":
      return `  region ${held.region}: no key`;
    case "broken":
      return `  region ${held.region}: no usable key: ${held.why}`;
    case "unreachable":
      return `  region ${held.region}: not known: ${held.why}`;
  }
}

export function renderRevoke(result: RevokeResult): string {
  const gone = (was: boolean): string => (was ? "removed" : "was not there");
  return [
    `${result.instance} in region ${result.region}:`,
    `  role: ${gone(result.role)}`,
    `  policy: ${gone(result.policy)}`,
    `  tokens given out: ${result.tokens} revoked`,
    `  key: ${result.keyDestroyed ? "destroyed, with all its versions" : "left in Vault; nobody of the chain can read it any more"}`,
    "A gate that runs still has the key in memory: delete its pod. Role and policy are declared: the next `pulumi up --refresh` of the region's chains stack grants them again.",
  ].join("\n");
}
