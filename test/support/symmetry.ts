/** Two regions' graphs as text in which everything that differs by declaration is replaced by what it stands for. */
import type { RegisteredResource } from "../../preview/backend";
import type { Environment, Region } from "../../stacks/types";

/** Type, name, parent, options, inputs and dependencies of everything, without the region. Equal for two regions that are built alike. */
export function graph(resources: readonly RegisteredResource[], environment: Environment, region: Region): readonly string[] {
  const rename = renaming(environment, region);
  return resources
    .map(({ type, name, parent, inputs, dependencies, propertyDependencies, provider, protect, retainOnDelete, deleteBeforeReplace }) => {
      // The last part of a provider reference is its id, which nobody can know beforehand.
      const kept = { type, name, parent, inputs, dependencies, propertyDependencies, provider: provider?.replace(/::[^:]*$/, ""), protect, retainOnDelete, deleteBeforeReplace };
      return rename(withoutChecksums(JSON.stringify(kept)));
    })
    .sort();
}

function renaming(environment: Environment, own: Region): (text: string) => string {
  const peer = environment.regions.find((region) => region.name !== own.name)!;
  const facts = [...factsOf(environment, own, "own"), ...factsOf(environment, peer, "peer")].sort(([x], [y]) => y.length - x.length);
  return (text) => {
    const replaced = facts.reduce((rest, [from, to]) => rest.replaceAll(from, to), preferred(text));
    const words = [own, peer].flatMap((region) => {
      const role = region === own ? "own" : "peer";
      return [...region.zones.map((zone, i) => [zone.name, `<${role} zone ${i}>`] as const), [region.name, `<${role}>`] as const];
    });
    return words.reduce((rest, [name, role]) => named(rest, name, role), replaced);
  };
}

/** Addresses and zones of a region, by the role it plays. */
function factsOf(environment: Environment, region: Region, role: string): readonly (readonly [string, string])[] {
  const voters = environment.fence.voters.filter((voter) => voter.domain === region.name);
  return [
    ...region.zones.flatMap((zone, i) => Object.entries(zone).flatMap(([field, value]) => (field === "name" ? [] : [[String(value), `<${role} zone ${i} ${field}>`] as const]))),
    ...Object.entries(region.network).flatMap(([field, value]) => (typeof value === "string" ? [[value, `<${role} ${field}>`] as const] : [])),
    ...voters.flatMap((voter, i) => [voter.address, new URL(voter.address).host, `${new URL(voter.address).hostname}/32`].map((text) => [text, `<${role} voter ${i}>`] as const)),
    ...(region.cloud === "local" ? siteFacts(region.endpoints, role) : []),
  ];
}

function siteFacts(endpoints: Readonly<Record<string, string>>, role: string): readonly (readonly [string, string])[] {
  return Object.entries(endpoints).flatMap(([field, value]) => [[value, `<${role} ${field}>`] as const, [`${new URL(value).hostname}/32`, `<${role} site>`] as const]);
}

/** The preferred region is the same one for both: it belongs to the chain. */
function preferred(text: string): string {
  return text.replace(/(preferredRegion\\*":\s?\\*")[^"\\]+/g, "$1<preferred>");
}

/** A region's name may be a single letter: a name counts only where a name can end and begin, never as a word of a sentence. */
function named(text: string, name: string, role: string): string {
  return text.replace(new RegExp(`(?<=["/.:-])${name}(?=["\\\\/.:-])`, "g"), role);
}

/** A checksum over files that name the region differs with them. */
function withoutChecksums(text: string): string {
  return text.replace(/("chainstead\.dev\/[a-z-]*checksum":)"[0-9a-f]+"/g, '$1"<checksum>"');
}
