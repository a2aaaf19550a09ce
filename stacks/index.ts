import { local } from "./local";
import { nearest } from "./nearest";
import { stagingAws } from "./staging-aws";
import type { Environment, Region } from "./types";

export const environments: readonly Environment[] = [local, stagingAws];

/** What is brought up, in this order. `global` belongs to an environment, the others to one region of it. */
export const regionLayers = ["foundation", "platform", "chains"] as const;
export type RegionLayer = (typeof regionLayers)[number];

/** One stack: what its name stands for. */
export type StackAddress =
  | { readonly layer: "global"; readonly environment: Environment }
  | { readonly layer: RegionLayer; readonly environment: Environment; readonly region: Region; readonly peer: Region };

export function globalStack(environment: Environment): string {
  return `${environment.name}-global`;
}

export function regionStack(environment: Environment, region: Region, layer: RegionLayer): string {
  return `${environment.name}-${region.name}-${layer}`;
}

/** All stacks of an environment, in the order in which they are brought up. */
export function stacksOf(environment: Environment): ReadonlyMap<string, StackAddress> {
  const [first, second] = environment.regions;
  const both = [[first, second], [second, first]] as const;
  return new Map<string, StackAddress>([
    [globalStack(environment), { layer: "global", environment }],
    ...regionLayers.flatMap((layer) => both.map(([region, peer]) => [regionStack(environment, region, layer), { layer, environment, region, peer }] as const)),
  ]);
}

/** Names of all stacks there are. */
export const stackNames: readonly string[] = environments.flatMap((environment) => [...stacksOf(environment).keys()]);

/**
 * The stack of this name.
 * @throws Error with the nearest names when there is none.
 */
export function findStack(name: string): StackAddress {
  for (const environment of environments) {
    const found = stacksOf(environment).get(name);
    if (found) return found;
  }
  throw new Error(`There is no stack "${name}". Did you mean ${nearest(name, stackNames).join(", ")}? The environments stand below stacks/: ${environments.map((e) => e.name).join(", ")}.`);
}

/** The environment of this name, or an error with the nearest names. */
export function findEnvironment(name: string): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (found) return found;
  const names = environments.map((environment) => environment.name);
  throw new Error(`There is no environment "${name}". Did you mean ${nearest(name, names).join(", ")}?`);
}
