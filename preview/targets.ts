import { join } from "node:path";
import { environments, findStack, stacksOf } from "../stacks";

/** Which stacks a word on the command line means, in the order in which they are brought up. */
export interface Target {
  readonly stacks: readonly string[];
  /** The environment's declared answers, relative to the project. */
  readonly fixtures: string;
  /** True when one stack's outputs may answer another's reference. */
  readonly whole: boolean;
}

/** @param word name of an environment or of a stack @throws Error with the nearest names */
export function targetOf(word: string): Target {
  const environment = environments.find(({ name }) => name === word);
  if (environment) return { stacks: [...stacksOf(environment).keys()], fixtures: fixturesOf(environment.name), whole: true };
  return { stacks: [word], fixtures: fixturesOf(findStack(word).environment.name), whole: false };
}

const fixturesOf = (environment: string): string => join("stacks", "fixtures", `${environment}.json`);
