import type { Difference, ResourceDifference } from "../diff";
import { describePosition } from "../diagnostics";
import type { Evaluation } from "../evaluate";
import { isMandatory, type Finding } from "../findings";
import type { Evaluated } from "../registry";
import { parseUrn, stackType } from "../urn";
import { hasSecret } from "../values";
import { paintFor, type Paint } from "./paint";
import { differenceLines, operationWord, plural, shortType, shortUrn, shortValue } from "./words";

/** So many leaves of one type under one parent are written on one line. */
const foldFrom = 5;
/** So many names of a folded line are written out. */
const namesShown = 4;

export interface TreeOptions {
  readonly colour: boolean;
  readonly difference?: Difference;
  readonly findings?: readonly Finding[];
}

/** What a person reads: the tree by component, counts by type, outputs, findings, and what could not be known. */
export function renderTree(evaluation: Evaluation, options: TreeOptions): string {
  const paint = paintFor(options.colour);
  return [
    `${paint.bold(evaluation.stack)} ${paint.dim(`(${evaluation.mode})`)}`,
    ...treeLines(evaluation, options.difference, paint),
    "",
    ...countLines(evaluation, paint),
    ...(options.difference ? ["", ...differenceSummary(options.difference, paint)] : []),
    ...section("Outputs", Object.entries(evaluation.outputs).map(([name, value]) => `${name} = ${shortValue(value)}`), paint),
    ...section("Said by the program", evaluation.logs.filter(({ severity }) => severity !== "debug").map(({ severity, message }) => (severity === "error" ? paint.red(`error: ${message}`) : severity === "warning" ? paint.yellow(`warning: ${message}`) : message)), paint),
    ...section("Policies", (options.findings ?? []).map((finding) => findingLine(finding, paint)), paint),
    ...section("What this evaluation cannot know", evaluation.approximations.flatMap(({ message, concerns }) => [`- ${message}`, ...shortened(concerns).map((concern) => paint.dim(`    ${concern}`))]), paint),
    "",
    costLine(evaluation, paint),
  ].join("\n");
}

/** "42 resources, 3 components; 1.90 s, 2.31 CPU s". */
export function costLine(evaluation: Evaluation, paint: Paint = paintFor(false)): string {
  const text = `${sizes(evaluation)}; ${evaluation.seconds.toFixed(2)} s, ${evaluation.cpuSeconds.toFixed(2)} CPU s`;
  return evaluation.exitCode === 0 ? text : `${paint.red(`failed with exit code ${evaluation.exitCode}`)} (${text})`;
}

export function sizes(evaluation: Evaluation): string {
  const declared = evaluation.resources.filter(({ resource, external }) => !external && resource.type !== stackType);
  const components = declared.filter(({ resource }) => !resource.custom);
  return `${plural(declared.length - components.length, "resource")}, ${plural(components.length, "component")}`;
}

/** The tree alone, one string per line. */
export function treeLines(evaluation: Evaluation, difference: Difference | undefined, paint: Paint): readonly string[] {
  const children = new Map<string, Evaluated[]>();
  for (const entry of evaluation.resources) {
    const parent = entry.resource.parent ?? "";
    children.set(parent, [...(children.get(parent) ?? []), entry]);
  }
  const changes = new Map(difference?.resources.map((item) => [item.urn, item]));
  const gone = new Map<string, ResourceDifference[]>();
  const present = new Set(evaluation.resources.map(({ resource }) => resource.urn));
  for (const item of difference?.resources ?? []) {
    if (item.operation !== "delete") continue;
    // A deleted resource hangs where its nearest parent that still stands is.
    let parent = item.before?.parent ?? "";
    const olds = new Map(difference?.resources.map((other) => [other.urn, other.before]));
    while (parent !== "" && !present.has(parent)) parent = olds.get(parent)?.parent ?? "";
    gone.set(parent, [...(gone.get(parent) ?? []), item]);
  }
  const lines: string[] = [];
  const below = (urn: string, indent: string): void => {
    const rows = [...rowsOf(children.get(urn) ?? [], children, changes, evaluation.root, paint), ...(gone.get(urn) ?? []).map((item) => ({ label: paint.red(`- ${shortUrn(item.urn)}`), detail: [], urn: undefined }))];
    rows.forEach((row, index) => {
      const last = index === rows.length - 1;
      lines.push(`${indent}${last ? "└─" : "├─"} ${row.label}`);
      const next = `${indent}${last ? "   " : "│  "}`;
      for (const detail of row.detail) lines.push(`${next}     ${detail}`);
      if (row.urn !== undefined) below(row.urn, next);
    });
  };
  below(evaluation.resources.find(({ resource }) => resource.type === stackType)?.resource.urn ?? "", "");
  return lines;
}

interface Row {
  readonly label: string;
  readonly detail: readonly string[];
  readonly urn: string | undefined;
}

/** Components first, then resources by type and name; many alike fold into one line. */
function rowsOf(entries: readonly Evaluated[], children: ReadonlyMap<string, readonly Evaluated[]>, changes: ReadonlyMap<string, ResourceDifference>, root: string, paint: Paint): readonly Row[] {
  const order = (entry: Evaluated): string => `${entry.resource.custom ? 1 : 0} ${entry.resource.type} ${entry.resource.name}`;
  const sorted = [...entries].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const rows: Row[] = [];
  const folded = new Set<string>();
  for (const entry of sorted) {
    const alike = sorted.filter((other) => isPlain(other) && other.resource.type === entry.resource.type);
    if (isPlain(entry) && alike.length >= foldFrom) {
      if (folded.has(entry.resource.type)) continue;
      folded.add(entry.resource.type);
      const names = alike.map(({ resource }) => resource.name);
      const more = names.length > namesShown ? `, … ${names.length - namesShown} more` : "";
      rows.push({ label: `${shortType(entry.resource.type)} ${paint.dim(`× ${alike.length}:`)} ${names.slice(0, namesShown).join(", ")}${more}`, detail: [], urn: undefined });
      continue;
    }
    rows.push(row(entry, changes.get(entry.resource.urn), root, paint));
  }
  return rows;

  function isPlain(entry: Evaluated): boolean {
    const change = changes.get(entry.resource.urn);
    const quiet = !change || (change.operation === "same" && !change.renamedFrom);
    return quiet && entry.resource.custom && !children.has(entry.resource.urn) && marks(entry).length === 0;
  }
}

function row(entry: Evaluated, change: ResourceDifference | undefined, root: string, paint: Paint): Row {
  const { resource } = entry;
  const type = resource.custom ? paint.dim(shortType(resource.type)) : paint.blue(resource.type);
  const opaque = resource.remote ? [paint.red(`opaque (${describePosition(resource.sourcePosition, root)})`)] : [];
  const words = change && change.operation !== "read" ? operationWord(change) : "";
  const sign = !change || change.operation === "same" || change.operation === "read" ? "" : change.operation === "create" ? paint.green("+ ") : paint.yellow("~ ");
  const label = [`${sign}${type}`, resource.custom ? resource.name : paint.bold(resource.name), ...marks(entry).map((mark) => paint.yellow(`[${mark}]`)), ...opaque, ...(words && words !== "create" ? [paint.dim(`(${words})`)] : [])];
  const colours = { "+": paint.green, "-": paint.red, "~": paint.yellow };
  return { label: label.join(" "), detail: change ? differenceLines(change).map(({ mark, text }) => colours[mark](`${mark} ${text}`)) : [], urn: resource.urn };
}

function marks({ resource, external }: Evaluated): readonly string[] {
  return [
    ...(resource.protect ? ["protected"] : []),
    ...(resource.retainOnDelete && !external ? ["retained"] : []),
    ...(hasSecret(resource.inputs) ? ["secret"] : []),
    ...(external ? ["read"] : []),
    ...(resource.importId ? ["import"] : []),
  ];
}

function countLines(evaluation: Evaluation, paint: Paint): readonly string[] {
  const counts = new Map<string, number>();
  for (const { resource, external } of evaluation.resources) {
    if (external || resource.type === stackType) continue;
    const word = resource.custom ? shortType(resource.type) : resource.type;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return [paint.bold(sizes(evaluation)), ...sorted.map(([word, count]) => `${String(count).padStart(5)}  ${word}`)];
}

export function differenceSummary({ against, summary, incomparable }: Difference, paint: Paint = paintFor(false)): readonly string[] {
  const counts = `${paint.green(`+ ${summary.create} to create`)}, ${paint.yellow(`~ ${summary.update} to update`)}, ${paint.red(`- ${summary.delete} to delete`)}, ${summary.same} unchanged`;
  return [`${paint.bold(`Against ${against}:`)} ${counts}`, ...(incomparable > 0 ? [paint.dim(`${plural(incomparable, "property value")} could not be compared (unknown here or secret there) and counted as equal.`)] : [])];
}

function findingLine(finding: Finding, paint: Paint): string {
  const level = isMandatory(finding) ? paint.red("mandatory") : paint.yellow(finding.level);
  return `${level} ${finding.policy}${finding.urn ? ` on ${parseUrn(finding.urn).name}` : ""}: ${finding.message}`;
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ["", paint.bold(title), ...lines.map((line) => `  ${line}`)];
}

function shortened(list: readonly string[]): readonly string[] {
  return list.length > 12 ? [...list.slice(0, 10), `… ${list.length - 10} more (--json has all)`] : list;
}
