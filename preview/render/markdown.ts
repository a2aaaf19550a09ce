import type { Difference } from "../diff";
import type { Evaluation } from "../evaluate";
import { isMandatory, type Finding } from "../findings";
import { parseUrn } from "../urn";
import { paintFor } from "./paint";
import { costLine, differenceSummary, sizes, treeLines } from "./tree";
import { differenceLines, operationWord, plural, shortUrn } from "./words";

/** A stack's part of the comment. */
export interface StackReport {
  readonly evaluation: Evaluation;
  readonly difference?: Difference;
  readonly findings: readonly Finding[];
}

/** GitHub refuses comments over 65,536 characters; the trees go first when one gets near. */
const longestComment = 60_000;

/** A pull-request comment: what changes, what policies say, the tree folded away, and what could not be known. */
export function renderMarkdown(reports: readonly StackReport[], title = "Offline preview"): string {
  const whole = compose(reports, title, true);
  return whole.length <= longestComment ? whole : compose(reports, title, false);
}

function compose(reports: readonly StackReport[], title: string, trees: boolean): string {
  const findings = reports.flatMap((report) => report.findings);
  const mandatory = findings.filter(isMandatory).length;
  const failed = reports.filter(({ evaluation }) => evaluation.exitCode !== 0);
  return [
    `## ${title}`,
    "",
    failed.length > 0 ? `**${plural(failed.length, "stack")} could not be evaluated.**` : mandatory > 0 ? `**${plural(mandatory, "mandatory policy violation")}.**` : "All stacks evaluate; no mandatory policy is violated.",
    "",
    "| stack | size | create | update | delete | findings |",
    "|---|---|---|---|---|---|",
    ...reports.map(({ evaluation, difference, findings: own }) => {
      const counts = difference ? [difference.summary.create, difference.summary.update, difference.summary.delete] : ["–", "–", "–"];
      return `| \`${evaluation.stack}\` | ${evaluation.exitCode === 0 ? sizes(evaluation) : "**failed**"} | ${counts.join(" | ")} | ${own.length} |`;
    }),
    ...reports.flatMap((report) => stackSection(report, trees)),
    ...approximationSection(reports),
    "",
    `<sub>Evaluated without engine, plugins, network or credentials: a comparison of programs, not \`pulumi preview\`.</sub>`,
    "",
  ].join("\n");
}

function stackSection({ evaluation, difference, findings }: StackReport, trees: boolean): readonly string[] {
  const changed = (difference?.resources ?? []).filter((item) => operationWord(item) !== "" && item.operation !== "read");
  const errors = evaluation.logs.filter(({ severity }) => severity === "error");
  return [
    "",
    `### ${evaluation.stack}`,
    "",
    ...errors.flatMap(({ message }) => [fence(message), ""]),
    ...(difference ? [...differenceSummary(difference), ""] : []),
    ...(changed.length > 0
      ? [
          "```diff",
          ...changed.flatMap((item) => [
            `${item.operation === "create" ? "+" : item.operation === "delete" ? "-" : "!"} ${shortUrn(item.urn)} (${operationWord(item)})`,
            ...differenceLines(item).map(({ mark, text }) => `${mark === "~" ? "!" : mark}     ${oneLine(text)}`),
          ]),
          "```",
          "",
        ]
      : []),
    ...findings.map((finding) => `- **${finding.level}** \`${finding.policy}\`${finding.urn ? ` on \`${parseUrn(finding.urn).name}\`` : ""}: ${oneLine(finding.message)}`),
    ...(findings.length > 0 ? [""] : []),
    ...(trees ? ["<details><summary>Tree</summary>", "", fence(treeLines(evaluation, undefined, paintFor(false)).join("\n")), "", "</details>", ""] : ["The tree is left out, because this comment would be too long with it.", ""]),
    `<sub>${costLine(evaluation)}</sub>`,
  ];
}

function approximationSection(reports: readonly StackReport[]): readonly string[] {
  const byMessage = new Map<string, string[]>();
  for (const { evaluation } of reports) {
    for (const { message, concerns } of evaluation.approximations) byMessage.set(message, [...(byMessage.get(message) ?? []), ...concerns]);
  }
  return [
    "",
    "### What this evaluation cannot know",
    "",
    ...[...byMessage].map(([message, concerns]) => (concerns.length > 0 ? `- ${message} (${plural(new Set(concerns).size, "case")}: ${[...new Set(concerns)].slice(0, 5).map((concern) => `\`${concern}\``).join(", ")}${concerns.length > 5 ? ", …" : ""})` : `- ${message}`)),
  ];
}

/** A code block whose fence is longer than any run of backquotes inside. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}\n${text}\n${marks}`;
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ");
