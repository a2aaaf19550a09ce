import { isDeepStrictEqual } from "node:util";
import { isPropertyList, isPropertyMap, Secret, Unknown, type PropertyMap, type PropertyValue } from "./values";
import { toJson } from "./wire/struct";

/** One property that differs. Values keep their Secret wrappers, so printing them is safe. */
export interface PropertyChange {
  /** `spec.template.spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly before?: PropertyValue;
  readonly after?: PropertyValue;
}

/** Collects what differs; `incomparable` counts what had to be taken as equal. */
export interface Comparison {
  /** The old side is a deployed state: unknown here and known there proves nothing. */
  readonly deployed: boolean;
  readonly changes: PropertyChange[];
  incomparable: number;
}

/** Compares two values and everything inside them. */
export function comparedValues(into: Comparison, path: string, before: PropertyValue | undefined, after: PropertyValue | undefined): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined) return void into.changes.push({ path, kind: "add", after: after ?? null });
  if (after === undefined) return void into.changes.push({ path, kind: "delete", before });
  if (before instanceof Secret || after instanceof Secret) return comparedSecrets(into, path, before, after);
  if (before instanceof Unknown || after instanceof Unknown) {
    if (before instanceof Unknown && after instanceof Unknown) return;
    if (into.deployed) return void into.incomparable++;
    return void into.changes.push({ path, kind: "update", before, after });
  }
  if (isPropertyMap(before) && isPropertyMap(after)) return comparedMaps(into, path, before, after);
  if (isPropertyList(before) && isPropertyList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) comparedValues(into, `${path}[${index}]`, before[index], after[index]);
    return;
  }
  if (!isDeepStrictEqual(toJson(before), toJson(after))) into.changes.push({ path, kind: "update", before, after });
}

function comparedMaps(into: Comparison, path: string, before: PropertyMap, after: PropertyMap): void {
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) comparedValues(into, joinPath(path, key), before[key], after[key]);
}

/** A secret's change is told, its content never; becoming secret or plain is a change in itself. */
function comparedSecrets(into: Comparison, path: string, before: PropertyValue, after: PropertyValue): void {
  if (!(before instanceof Secret && after instanceof Secret)) {
    // A state may hold an input in plain that the program now marks, and the other way round.
    const plain = before instanceof Secret ? after : before;
    return void into.changes.push({ path, kind: "update", before: before instanceof Secret ? before : new Secret(plain), after: after instanceof Secret ? after : new Secret(plain) });
  }
  const [old, now] = [before.reveal(), after.reveal()];
  if (old instanceof Unknown || now instanceof Unknown) {
    if (!(old instanceof Unknown && now instanceof Unknown)) into.incomparable++;
    return;
  }
  if (!isDeepStrictEqual(toJson(old), toJson(now))) into.changes.push({ path, kind: "update", before, after });
}

/** Pulumi's own spelling of property paths. */
export function joinPath(path: string, key: string): string {
  const simple = /^[A-Za-z_$][\w$-]*$/.test(key);
  if (path === "") return simple ? key : `[${JSON.stringify(key)}]`;
  return simple ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
