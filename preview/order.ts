import type { Evaluated } from "./registry";
import { parseProviderReference } from "./urn";

/** URNs a resource has to come after: parent, provider, dependencies, and what it is deleted with. */
export function needs({ resource }: Evaluated): readonly string[] {
  return [
    ...(resource.parent ? [resource.parent] : []),
    ...(resource.provider ? [parseProviderReference(resource.provider).urn] : []),
    ...(resource.deletedWith ? [resource.deletedWith] : []),
    ...resource.dependencies,
  ];
}

/**
 * Sorts so that everything comes after what it needs, otherwise by URN: the order in which registrations happen to arrive differs from
 * run to run, this one does not.
 */
export function inOrder(resources: readonly Evaluated[]): readonly Evaluated[] {
  const byUrn = new Map(resources.map((entry) => [entry.resource.urn, entry]));
  const sorted: Evaluated[] = [];
  const seen = new Set<string>();
  const visit = (entry: Evaluated): void => {
    if (seen.has(entry.resource.urn)) return;
    seen.add(entry.resource.urn);
    for (const urn of [...needs(entry)].sort()) {
      const needed = byUrn.get(urn);
      if (needed) visit(needed);
    }
    sorted.push(entry);
  };
  for (const urn of [...byUrn.keys()].sort()) {
    const entry = byUrn.get(urn);
    if (entry) visit(entry);
  }
  return sorted;
}
