import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a command works: set once in main.ts, handed down, never read from the environment elsewhere. */
export interface Context {
  /** The checkout. */
  readonly root: string;
  /** Name of the lab, `CHAINSTEAD_LAB`. */
  readonly lab: string;
  /** `<root>/.lab/<lab>`, where everything of the lab is kept. */
  readonly state: string;
  /** Where tools and their builds are cached. */
  readonly cache: string;
  /** True when this process already runs in the lab's operator namespace. */
  readonly inside: boolean;
  /** The real Pulumi CLI, when the machine has one. */
  readonly pulumiCli?: string;
}

export function contextFrom(root: string, environment: NodeJS.ProcessEnv): Context {
  const lab = environment["CHAINSTEAD_LAB"] || "local";
  const home = environment["HOME"] || "/root";
  return {
    root,
    lab,
    state: join(root, ".lab", lab),
    cache: join(environment["XDG_CACHE_HOME"] || join(home, ".cache"), "chainstead"),
    inside: environment["CHAINSTEAD_INSIDE"] === lab,
    pulumiCli: environment["CHAINSTEAD_PULUMI"] ?? onPath("pulumi", environment["PATH"] ?? ""),
  };
}

function onPath(program: string, path: string): string | undefined {
  return path.split(delimiter).filter((folder) => folder !== "" && !folder.endsWith("node_modules/.bin")).map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
