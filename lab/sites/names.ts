import type { SiteName } from "../layout";
import { sites, zonesOf, regions } from "../layout";

/** Where `ip netns` keeps its namespaces. */
export const netnsFolder = "/run/netns";

const labPattern = /^[a-z][a-z0-9]{0,11}$/;
const podPattern = /^[a-z0-9]{1,12}$/;

/**
 * No hyphen: the namespaces of lab `x` are `cs-x-*`, and those of a lab `x-p` would be taken for pods of `x`.
 * @throws when the name cannot be used
 */
export function checkLabName(lab: string): void {
  if (labPattern.test(lab)) return;
  throw new Error(`lab name "${lab}" cannot be used: a small letter, then at most 11 small letters or digits (set CHAINSTEAD_LAB)`);
}

/** The namespace that holds nothing but the bridge between the sites. */
export function backboneNetns(lab: string): string {
  return `cs-${lab}-net`;
}

export function siteNetns(lab: string, site: SiteName): string {
  return `cs-${lab}-${site}`;
}

/** @throws when the id is too long for an interface name (15 characters with its prefix) */
export function podNetns(lab: string, id: string): string {
  if (!podPattern.test(id)) throw new Error(`pod id "${id}" cannot be used: 1 to 12 small letters or digits (it names a network interface)`);
  return `cs-${lab}-p-${id}`;
}

/** Prefix that runs a command in a network namespace. It changes nothing else: mounts made by the command are seen by all. */
export function enterNetns(netns: string): string[] {
  return ["nsenter", `--net=${netnsFolder}/${netns}`, "--"];
}

export const siteNames = Object.keys(sites) as SiteName[];

/** The region whose site a zone lies in, and the zone's pod network. @throws when there is no such zone */
export function zoneOf(zone: string): { readonly site: SiteName; readonly podCidr: string } {
  for (const region of regions) {
    const found = zonesOf[region].find((z) => z.zone === zone);
    if (found) return { site: region, podCidr: found.podCidr };
  }
  throw new Error(`no zone "${zone}": there are ${regions.flatMap((r) => zonesOf[r].map((z) => z.zone)).join(", ")}`);
}
