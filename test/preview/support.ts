import { join } from "node:path";
import { evaluate, type Evaluation, type EvaluateOptions } from "../../preview/evaluate";
import { readFixtures } from "../../preview/fixtures";
import type { Evaluated } from "../../preview/registry";

export const programs = join(__dirname, "programs");

/** Evaluates one of the fixture programs with the answers beside it. */
export function evaluateProgram(name: string, mode: "preview" | "synth", config: { readonly [key: string]: string } = {}, more: Partial<EvaluateOptions> = {}): Promise<Evaluation> {
  const root = join(programs, name);
  return evaluate({ root, stack: "test", mode, config, fixtures: readFixtures(join(root, "fixtures.json")), ...more });
}

/** The one resource of that name. */
export function named(evaluation: Evaluation, name: string): Evaluated {
  const found = evaluation.resources.filter(({ resource }) => resource.name === name);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are called ${name}`);
  return found[0];
}

export const errorsOf = (evaluation: Evaluation): string =>
  evaluation.logs
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message)
    .join("\n");

/** Evaluations start a process each, on a machine that may be busy. */
export const patience = 300_000;
