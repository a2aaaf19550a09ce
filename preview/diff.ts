import { comparedValues, type Comparison, type PropertyChange } from "./property-diff";
import type { Snapshot, SnapshotResource } from "./snapshot";
import { parseProviderReference } from "./urn";

export type Operation = "create" | "update" | "delete" | "same" | "read";

/** What happens to one resource between the two sides. */
export interface ResourceDifference {
  readonly operation: Operation;
  /** The URN on the new side; on the old side for deletes. */
  readonly urn: string;
  readonly before?: SnapshotResource;
  readonly after?: SnapshotResource;
  /** Set when an alias joins the two sides. */
  readonly renamedFrom?: string;
  readonly changes: readonly PropertyChange[];
  /** URNs it needs now and did not before, and the other way round. */
  readonly dependencies: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Options that changed: "protect: true -> false". */
  readonly options: readonly string[];
  /** "declared": the program's replaceOnChanges names a changed property. "unknown": only the provider knows. */
  readonly replace?: "unknown" | "declared";
}

export interface Difference {
  readonly against: string;
  /** In the new side's order, deletes last in reverse order. */
  readonly resources: readonly ResourceDifference[];
  readonly summary: { readonly [O in Operation]: number };
  /** Properties that could not be compared: unknown here, known in the state, or secret without content. They count as equal. */
  readonly incomparable: number;
}

/** Compares by URN, then by alias; unknown equals unknown. */
export function difference(before: Snapshot, after: Snapshot): Difference {
  const olds = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const declared = new Set(after.resources.map(({ urn }) => urn));
  const matched = new Set<string>();
  const pairs = after.resources.map((resource) => {
    const urn = [resource.urn, ...resource.aliases].find((candidate) => olds.has(candidate) && !matched.has(candidate) && (candidate === resource.urn || !declared.has(candidate)));
    if (urn) matched.add(urn);
    return { resource, old: urn ? olds.get(urn) : undefined };
  });
  // A URN that has moved is followed in parents and dependencies too, so that a rename shows once.
  const renames = new Map(pairs.flatMap(({ resource, old }) => (old && old.urn !== resource.urn ? [[old.urn, resource.urn] as const] : [])));
  const current = (urn: string): string => renames.get(urn) ?? urn;
  let incomparable = 0;
  const resources = pairs.map(({ resource, old }): ResourceDifference => {
    const result = compare(old, resource, before.deployed, current);
    incomparable += result.incomparable;
    return result.difference;
  });
  const deleted = before.resources
    .filter((resource) => !matched.has(resource.urn) && !resource.external)
    .reverse()
    .map((resource): ResourceDifference => ({ operation: "delete", urn: resource.urn, before: resource, changes: [], dependencies: { added: [], removed: [] }, options: [] }));
  const all = [...resources, ...deleted];
  const count = (operation: Operation): number => all.filter((item) => item.operation === operation).length;
  return {
    against: before.label,
    resources: all,
    summary: { create: count("create"), update: count("update"), delete: count("delete"), same: count("same"), read: count("read") },
    incomparable,
  };
}

function compare(
  old: SnapshotResource | undefined,
  resource: SnapshotResource,
  deployed: boolean,
  current: (urn: string) => string,
): { readonly difference: ResourceDifference; readonly incomparable: number } {
  const nothing = { changes: [], dependencies: { added: [], removed: [] }, options: [] };
  if (resource.external) return { difference: { operation: "read", urn: resource.urn, after: resource, ...nothing }, incomparable: 0 };
  if (!old) return { difference: { operation: "create", urn: resource.urn, after: resource, ...nothing }, incomparable: 0 };
  const comparison: Comparison = { deployed, changes: [], incomparable: 0 };
  comparedValues(comparison, "", old.inputs, resource.inputs);
  const ignored = (path: string): boolean => resource.ignoreChanges.some((prefix) => covers(prefix, path));
  const changes = comparison.changes.filter(({ path }) => !ignored(path));
  const before = new Set(old.dependencies.map(current));
  const after = new Set(resource.dependencies);
  const dependencies = { added: [...after].filter((urn) => !before.has(urn)).sort(), removed: [...before].filter((urn) => !after.has(urn)).sort() };
  const options = changedOptions(old, resource, current);
  const changed = changes.length > 0 || options.length > 0 || dependencies.added.length + dependencies.removed.length > 0;
  const replaces = changes.some(({ path }) => resource.replaceOnChanges.some((prefix) => covers(prefix, path)));
  return {
    difference: {
      operation: changed ? "update" : "same",
      urn: resource.urn,
      before: old,
      after: resource,
      ...(old.urn !== resource.urn ? { renamedFrom: old.urn } : {}),
      changes,
      dependencies,
      options,
      ...(changes.length > 0 && resource.custom ? { replace: replaces ? ("declared" as const) : ("unknown" as const) } : {}),
    },
    incomparable: comparison.incomparable,
  };
}

function changedOptions(old: SnapshotResource, resource: SnapshotResource, current: (urn: string) => string): readonly string[] {
  const provider = (reference: string | undefined): string => (reference ? current(parseProviderReference(reference).urn) : "none");
  const parent = (urn: string | undefined): string => (urn ? current(urn) : "none");
  const rows: readonly (readonly [name: string, before: string, after: string])[] = [
    ["protect", String(old.protect), String(resource.protect)],
    ["retainOnDelete", String(old.retainOnDelete), String(resource.retainOnDelete)],
    ["provider", provider(old.provider), provider(resource.provider)],
    ["parent", parent(old.parent), parent(resource.parent)],
  ];
  return rows.filter(([, before, after]) => before !== after).map(([name, before, after]) => `${name}: ${before} -> ${after}`);
}

/** Does `ignoreChanges: ["spec.replicas"]` cover the path `spec.replicas` or something below it? */
function covers(prefix: string, path: string): boolean {
  return prefix === "*" || path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
}
