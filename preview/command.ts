import { writeFileSync } from "node:fs";
import { compareWith, Evaluator, openBase, type Base } from "./compare";
import { parseOverrides } from "./config";
import type { Evaluation } from "./evaluate";
import { isMandatory, type Finding } from "./findings";
import { renderDigest } from "./render/json";
import { renderMarkdown, type StackReport } from "./render/markdown";
import { paintFor } from "./render/paint";
import { renderTree } from "./render/tree";
import { plural } from "./render/words";
import { targetOf, type Target } from "./targets";

export interface PreviewOptions {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** A stack, or an environment: then all of its stacks in order. */
  readonly target: string;
  /** @default preview */
  readonly mode?: "preview" | "synth";
  /** Revision, file or folder to compare with. @default none */
  readonly against?: string;
  /** Print the digest instead of the tree. @default false */
  readonly json?: boolean;
  /** File to write a pull-request comment to. @default none */
  readonly markdown?: string;
  /** `key=value` words on top of the stack's configuration. */
  readonly config?: readonly string[];
  /** @default 16 */
  readonly parallel?: number;
  /** Colours; true only on a terminal. */
  readonly colour: boolean;
  readonly print: (text: string) => void;
  /** Progress and problems, apart from the result. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Asks the policies about an evaluated stack. @default no policies are asked, and that is said */
  readonly analyze?: (evaluation: Evaluation) => Promise<readonly Finding[]>;
  /** @default the environments declared below stacks/ */
  readonly resolve?: (word: string) => Target;
}

/**
 * Evaluates a stack or an environment offline and shows what it declares and what changed.
 * @returns 0; 1 when a program failed or a mandatory policy is violated
 */
export async function previewCommand(options: PreviewOptions): Promise<number> {
  const started = performance.now();
  const target = (options.resolve ?? targetOf)(options.target);
  const common = {
    mode: options.mode ?? ("preview" as const),
    config: parseOverrides(options.config ?? []),
    ...(options.parallel === undefined ? {} : { parallel: options.parallel }),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const evaluator = new Evaluator(options.root, target, common);
  let base: Base | undefined;
  const reports: StackReport[] = [];
  try {
    if (options.against !== undefined) base = await openBase(options.root, options.against, target, common, options.say);
    for (const stage of target.stages) {
      const done = await inStage(stage, async (stack) => reportOn(await evaluator.of(stack), base, options));
      reports.push(...done);
      if (!options.json) for (const report of done) options.print(`${renderTree(report.evaluation, { colour: options.colour, ...report })}\n`);
      // Later stacks read these outputs; without them they would only fail for the same reason.
      if (done.some(({ evaluation }) => evaluation.exitCode !== 0)) break;
    }
  } finally {
    base?.close();
  }
  if (options.json) options.print(JSON.stringify(digestOf(reports, target), null, 2));
  if (options.markdown !== undefined) {
    writeFileSync(options.markdown, renderMarkdown(reports));
    options.say(`Wrote ${options.markdown}.`);
  }
  if (!options.json) summarize(reports, target, started, options);
  return reports.some(({ evaluation, findings }) => evaluation.exitCode !== 0 || findings.some(isMandatory)) ? 1 : 0;
}

/** All of a stage at once; waits for every one even when one throws, so that no program outlives the command. */
async function inStage<T>(stage: readonly string[], task: (stack: string) => Promise<T>): Promise<readonly T[]> {
  const settled = await Promise.allSettled(stage.map(task));
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

async function reportOn(evaluation: Evaluation, base: Base | undefined, options: PreviewOptions): Promise<StackReport> {
  // Half a program compares and analyzes to nonsense.
  if (evaluation.exitCode !== 0) return { evaluation, findings: [] };
  const findings = options.analyze ? await options.analyze(evaluation) : [];
  if (!base) return { evaluation, findings };
  const { difference, missing } = await compareWith(base, evaluation);
  if (missing) options.say(missing);
  return { evaluation, difference, findings };
}

/** One stack: the digest itself, as the CLI prints it. An environment: the digests by stack. */
function digestOf(reports: readonly StackReport[], target: Target): object {
  const digests = reports.map(({ evaluation, difference, findings }) => [evaluation.stack, renderDigest(evaluation, difference, findings)] as const);
  return target.whole ? { stacks: Object.fromEntries(digests) } : (digests[0]?.[1] ?? {});
}

function summarize(reports: readonly StackReport[], target: Target, started: number, options: PreviewOptions): void {
  const paint = paintFor(options.colour);
  options.say(options.analyze ? policyLine(reports) : "No policy pack was asked.");
  if (!target.whole) return;
  const sum = (pick: (report: StackReport) => number): number => reports.reduce((total, report) => total + pick(report), 0);
  const resources = sum(({ evaluation }) => evaluation.resources.filter(({ resource, external }) => resource.custom && !external).length);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  const cpu = sum(({ evaluation }) => evaluation.cpuSeconds).toFixed(2);
  options.print(paint.bold(`${plural(reports.length, "stack")} of ${target.stages.flat().length}, ${plural(resources, "resource")}; ${seconds} s, ${cpu} CPU s`));
}

/** Silence would look the same as not having asked. */
function policyLine(reports: readonly StackReport[]): string {
  const findings = reports.flatMap((report) => report.findings);
  if (findings.length === 0) return "The policy pack found nothing.";
  return `The policy pack found ${plural(findings.length, "violation")}, ${findings.filter(isMandatory).length} of them mandatory.`;
}
