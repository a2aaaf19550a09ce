/** Addresses, zones and names of the regions. */
import { contains, overlap, parseCidr, type Range } from "../cidr";
import type { Environment, Region } from "../types";
import { finding, type Finding } from "./problem";

interface Claim {
  readonly field: string;
  readonly cidr: string;
  readonly range: Range;
  /** Claims of one group may lie inside one another, e.g. a peer that is declared by both regions. */
  readonly peer: boolean;
}

const reservedNames = ["global", "witness"];

/** The networks a region says it owns, by field. */
function owned(region: Region): readonly (readonly [string, string])[] {
  return region.cloud === "aws"
    ? [["network.vpc", region.network.vpc], ["network.services", region.network.services]]
    : [["network.pods", region.network.pods], ["network.services", region.network.services]];
}

/** Each zone's networks, and the range of the region that must hold them. */
function zoneNetworks(region: Region): { readonly outer: string; readonly inner: readonly (readonly [string, string])[] } {
  return region.cloud === "aws"
    ? {
        outer: region.network.vpc,
        inner: region.zones.flatMap((zone, i) => [[`zones[${i}].publicSubnet`, zone.publicSubnet] as const, [`zones[${i}].privateSubnet`, zone.privateSubnet] as const]),
      }
    : { outer: region.network.pods, inner: region.zones.map((zone, i) => [`zones[${i}].pods`, zone.pods] as const) };
}

function badCidr(field: string, cidr: string): Finding {
  return finding(field, cidr, "This is no IPv4 network", "write four octets and a prefix, with no address bits after the prefix, e.g. 10.20.0.0/16");
}

function overlaps(claims: readonly Claim[]): readonly Finding[] {
  return claims.flatMap((one, i) =>
    claims
      .slice(0, i)
      .filter((other) => overlap(one.range, other.range) && !(one.peer && other.peer))
      .map((other) => finding(one.field, one.cidr, `It overlaps ${other.field} (${other.cidr})`, "choose a network that no region, service range, witness or peer uses")),
  );
}

export function addressFindings(environment: Environment): readonly Finding[] {
  const bad: Finding[] = [];
  const claims: Claim[] = [];
  const claim = (field: string, cidr: string, peer: boolean): void => {
    const range = parseCidr(cidr);
    if (range) claims.push({ field, cidr, range, peer });
    else bad.push(badCidr(field, cidr));
  };
  environment.regions.forEach((region, r) => owned(region).forEach(([field, cidr]) => claim(`regions[${r}].${field}`, cidr, false)));
  claim("witness.network", environment.witness.network, false);
  environment.regions.forEach((region, r) => region.network.peers.forEach((cidr, i) => claim(`regions[${r}].network.peers[${i}]`, cidr, true)));
  return [...bad, ...overlaps(claims)];
}

export function zoneAddressFindings(environment: Environment): readonly Finding[] {
  return environment.regions.flatMap((region, r) => {
    const { outer, inner } = zoneNetworks(region);
    const outerRange = parseCidr(outer);
    const found: Finding[] = [];
    const claims: Claim[] = [];
    for (const [field, cidr] of inner) {
      const range = parseCidr(cidr);
      const path = `regions[${r}].${field}`;
      if (!range) found.push(badCidr(path, cidr));
      else {
        claims.push({ field: path, cidr, range, peer: false });
        if (outerRange && !contains(outerRange, range)) found.push(finding(path, cidr, `It lies outside of the region's ${outer}`, `choose a part of ${outer} that no other zone uses`));
      }
    }
    return [...found, ...overlaps(claims)];
  });
}

export function zoneFindings(environment: Environment): readonly Finding[] {
  const found = environment.regions.flatMap((region, r) => {
    const names: readonly string[] = region.zones.map((zone) => zone.name);
    const field = `regions[${r}].zones`;
    return [
      ...(names.length < 3 ? [finding(field, names, `The region has ${names.length} zones; the loss of one must leave two`, "declare at least three zones")] : []),
      ...names.flatMap((name, i) => (names.indexOf(name) < i ? [finding(`${field}[${i}].name`, name, "The zone is declared twice", "name each zone once")] : [])),
    ];
  });
  const [one, other] = environment.regions.map((region) => region.zones.length);
  return one === other
    ? found
    : [...found, finding("regions[1].zones", other, `The regions must be identical, and the first one has ${one} zones`, "declare the same number of zones in both regions")];
}

export function regionNameFindings(environment: Environment): readonly Finding[] {
  const [one, other] = environment.regions;
  const found = environment.regions.flatMap((region, r) =>
    !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(region.name) || reservedNames.includes(region.name)
      ? [finding(`regions[${r}].name`, region.name, "The name cannot be part of a stack name", `use lower-case letters, digits and single dashes, and none of ${reservedNames.join(", ")}`)]
      : [],
  );
  return one.name === other.name
    ? [...found, finding("regions[1].name", other.name, "Both regions have the same name, so their stacks would be one and the same", "give each region its own name")]
    : found;
}
