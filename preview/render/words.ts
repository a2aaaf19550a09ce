import type { ResourceDifference } from "../diff";
import type { PropertyChange } from "../property-diff";
import { parseUrn } from "../urn";
import { Secret, Unknown, type PropertyValue } from "../values";

/** Longer values are cut; the whole is in --json. */
const longestValue = 100;

/** `kubernetes:apps/v1:StatefulSet` -> `kubernetes apps/v1 StatefulSet`; `aws:ec2/vpc:Vpc` -> `aws ec2 Vpc`. */
export function shortType(type: string): string {
  const [pkg = "", module = "", name = ""] = type.split(":");
  if (pkg === "pulumi" && module === "providers") return `provider ${name}`;
  if (pkg === "kubernetes") return `${pkg} ${module} ${name}`;
  // Bridged packages repeat the type in the module: `ec2/vpc`.
  const folder = module.split("/")[0] ?? module;
  return folder === "index" || folder === "" ? `${pkg} ${name}` : `${pkg} ${folder} ${name}`;
}

/** A value on one line. Secrets and unknowns show as such. */
export function shortValue(value: PropertyValue | undefined): string {
  if (value === undefined) return "(nothing)";
  if (value instanceof Secret || value instanceof Unknown) return value.toString();
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text;
}

/** "spec.replicas: 1 -> 2"; of texts with many lines, the first line that differs. */
export function changeLine(change: PropertyChange): string {
  if (change.kind === "add") return `${change.path}: ${shortValue(change.after)}`;
  if (change.kind === "delete") return `${change.path}: ${shortValue(change.before)}`;
  const { before, after } = change;
  if (typeof before === "string" && typeof after === "string" && (before.includes("\n") || after.includes("\n"))) {
    const [old, now] = [before.split("\n"), after.split("\n")];
    const at = now.findIndex((line, index) => line !== old[index]);
    const line = at < 0 ? now.length : at;
    return `${change.path} (text of ${now.length} lines, from line ${line + 1}): ${shortValue(old[line])} -> ${shortValue(now[line])}`;
  }
  if (before instanceof Secret && after instanceof Secret) return `${change.path}: [secret] -> [secret] (changed)`;
  return `${change.path}: ${shortValue(before)} -> ${shortValue(after)}`;
}

/** The lines below a changed resource, with the mark each begins with. */
export function differenceLines(item: ResourceDifference): readonly { readonly mark: "+" | "-" | "~"; readonly text: string }[] {
  const marks = { add: "+", delete: "-", update: "~" } as const;
  return [
    ...(item.renamedFrom ? [{ mark: "~" as const, text: `was ${item.renamedFrom}` }] : []),
    ...item.changes.map((change) => ({ mark: marks[change.kind], text: changeLine(change) })),
    ...item.options.map((text) => ({ mark: "~" as const, text: `option ${text}` })),
    ...item.dependencies.added.map((urn) => ({ mark: "+" as const, text: `depends on ${shortUrn(urn)}` })),
    ...item.dependencies.removed.map((urn) => ({ mark: "-" as const, text: `no longer depends on ${shortUrn(urn)}` })),
  ];
}

/** "update, replace unknown" and the like; empty for what stays. */
export function operationWord(item: ResourceDifference): string {
  if (item.operation === "same") return item.renamedFrom ? "renamed" : "";
  if (item.replace === "declared") return "replace (replaceOnChanges)";
  return item.replace === "unknown" ? "update, replace unknown" : item.operation;
}

export function shortUrn(urn: string): string {
  const { type, name } = parseUrn(urn);
  return `${shortType(type)} ${name}`;
}

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
