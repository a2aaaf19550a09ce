import { join } from "node:path";
import { environments, findStack, globalStack, regionLayers, regionStack } from "../stacks";

/** Which stacks a word on the command line means. */
export interface Target {
  /** In the order in which they are brought up; what stands in one stage does not depend on each other. */
  readonly stages: readonly (readonly string[])[];
  /** The environment's declared answers, relative to the project. */
  readonly fixtures: string;
  /** True when one stack's outputs may answer another's reference. */
  readonly whole: boolean;
}

/** @param word name of an environment or of a stack @throws Error with the nearest names */
export function targetOf(word: string): Target {
  const environment = environments.find(({ name }) => name === word);
  if (environment) {
    const layers = regionLayers.map((layer) => environment.regions.map((region) => regionStack(environment, region, layer)));
    return { stages: [[globalStack(environment)], ...layers], fixtures: fixturesOf(environment.name), whole: true };
  }
  return { stages: [[word]], fixtures: fixturesOf(findStack(word).environment.name), whole: false };
}

const fixturesOf = (environment: string): string => join("stacks", "fixtures", `${environment}.json`);
