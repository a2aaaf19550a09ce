import { findEnvironment } from "../stacks";
import { bringUpInside } from "./bring-up/inside";
import { checkMachine, thisMachine } from "./bring-up/machine";
import type { Engine } from "./bring-up/program";
import { programState } from "./bring-up/program";
import { providePrograms } from "./bring-up/provide-programs";
import { pulumiPlugins } from "./bring-up/pulumi-cli";
import { worldNetworkOf } from "./bring-up/servers";
import type { Report } from "./bring-up/steps";
import { Steps } from "./bring-up/steps";
import { wirePrivileged } from "./bring-up/wire";
import type { LabPlace } from "./place";
import { writeProgramPaths } from "./programs-file";
import { checkLabName } from "./sites";
import { checkOwner, prepareStateFolder } from "./supervisor";

export interface UpOptions {
  readonly place: LabPlace;
  /** Name of a declared environment. */
  readonly environment: string;
  /** `auto`: the real CLI when the machine has one, else our evaluator. */
  readonly engine: "auto" | "evaluator" | "pulumi";
  /** Absolute path of the real CLI; undefined when the machine has none. */
  readonly pulumiCli?: string;
  readonly report: Report;
  /** An interrupt ends the work between or within steps; the next `up` continues, `down` clears. */
  readonly signal: AbortSignal;
  /** When the command began, in milliseconds since 1970; both halves get the same. */
  readonly startedAt: number;
}

/**
 * First half, where the Internet and the packages are: checks the machine, provides the programs, builds the sites, starts
 * the supervisor. After it, call `bringUp` from inside the operators' site.
 *
 * @throws one error that names everything that is missing
 */
export async function prepareUp(options: UpOptions): Promise<void> {
  const { place, report, signal } = options;
  const steps = new Steps(report, options.startedAt, signal);
  // Before anything is started: a typo must not cost a bring-up.
  worldNetworkOf(findEnvironment(options.environment));
  const engine = engineOf(options);
  checkLabName(place.lab);
  await checkOwner(place.state);
  checkMachine(thisMachine(place.root, place.state));
  await prepareStateFolder(place.state);
  writeProgramPaths(place.state, await steps.run("programs", () => providePrograms(place, report, signal)));
  if (engine.kind === "pulumi") {
    await steps.run("Pulumi's plugins", () => pulumiPlugins({ cli: engine.cli, root: place.root, state: programState(place.state), cache: place.cache, signal, report }));
  }
  await steps.run("sites and supervisor", () => wirePrivileged(place));
}

/**
 * Second half, in the operators' site. Ends when every signing chain of the environment produces from one region and is
 * followed by the other. Everything that stands already is left alone, so a second call changes nothing.
 *
 * @returns seconds by step
 * @throws with the step's name, the cause and the log to read
 */
export async function bringUp(options: UpOptions): Promise<readonly { readonly name: string; readonly seconds: number }[]> {
  const { place, report, signal } = options;
  const steps = new Steps(report, options.startedAt, signal);
  await bringUpInside({ place, environment: findEnvironment(options.environment), engine: engineOf(options), report, steps, signal });
  return steps.times;
}

/** @throws when the real CLI is asked for and not there */
function engineOf({ engine, pulumiCli }: UpOptions): Engine {
  if (engine !== "evaluator" && pulumiCli !== undefined) return { kind: "pulumi", cli: pulumiCli };
  if (engine !== "pulumi") return { kind: "evaluator" };
  throw new Error("ENGINE=pulumi asks for the Pulumi CLI, and there is no `pulumi` on the PATH: install it (npm package `pulumi`, or https://www.pulumi.com/docs/iac/download-install/), or leave ENGINE out");
}
