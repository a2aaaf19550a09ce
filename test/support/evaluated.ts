/** Every stack of every environment, evaluated once for a test file. */
import { join } from "node:path";
import { evaluate, type Evaluation } from "../../preview/evaluate";
import { readFixtures } from "../../preview/fixtures";
import { environments, stacksOf } from "../../stacks";

export const root = join(__dirname, "../..");

export function evaluateStack(stack: string, environment: string, mode: "preview" | "synth" = "preview"): Promise<Evaluation> {
  return evaluate({ root, stack, mode, fixtures: readFixtures(join(root, "stacks/fixtures", `${environment}.json`)) });
}

/** By stack name. Two at a time: an evaluation is a process that compiles and runs the whole program. */
export async function evaluateAll(): Promise<ReadonlyMap<string, Evaluation>> {
  const waiting = environments.flatMap((environment) => [...stacksOf(environment).keys()].map((stack) => ({ stack, environment: environment.name })));
  const done = new Map<string, Evaluation>();
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done.set(next.stack, await evaluateStack(next.stack, next.environment));
  };
  await Promise.all([worker(), worker()]);
  return done;
}
