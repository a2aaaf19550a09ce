import { evaluate } from "../evaluate";
import type { PropertyMap } from "../values";
import { ApplyBackend } from "./backend";
import { type ApplyEvent, Progress, type Summary } from "./events";
import { finish } from "./finish";
import { lockState } from "./lock";
import { progressLine } from "./progress-line";
import { ProviderSet } from "./provider-set";
import { type Factories, factories } from "./providers/providers";
import { readStackOutputs } from "./stack-outputs";
import { StackState } from "./stack-state";
import { StateFile } from "./state-file";
import { Steps } from "./steps";

export interface ApplyStackOptions {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
  /** Where the states of all stacks of this lab are; made with mode 0700. */
  readonly stateDir: string;
  /** Settings on top of the stack's file. */
  readonly config?: { readonly [key: string]: string };
  /** Variables that the program may see besides Pulumi's own. @default none */
  readonly environment?: { readonly [name: string]: string };
  /** Changes at once. @default 16 */
  readonly parallel?: number;
  /** Look on the servers also at what the program did not change, and make again what is gone. @default false */
  readonly refresh?: boolean;
  /** Aborting finishes what runs, begins nothing new and rejects. */
  readonly signal?: AbortSignal;
  /** A line of progress or of the program's log; never holds a secret. @default none are shown */
  readonly onLine?: (line: string) => void;
  /** @default Kubernetes, Consul and Vault */
  readonly factories?: Factories;
}

export interface Applied {
  readonly summary: Summary;
  /** The stack's outputs; secrets are wrapped. */
  readonly outputs: PropertyMap;
  readonly seconds: number;
}

/** The stack could not be applied; the message says everything that went wrong. What was done is in the state. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
}

const never = new AbortController().signal;
/** The monitor's own cap would count resources that only wait to become ready; the backend has its own. */
const registrationsAtOnce = 512;

/**
 * Runs a stack's program, unmodified, and brings what it declares to the servers.
 * @throws ApplyError; StateError when the state is locked or cannot be read
 */
export async function applyStack(options: ApplyStackOptions): Promise<Applied> {
  const started = performance.now();
  return withState(options, async (state, progress) => {
    const signal = options.signal ?? never;
    const backend = new ApplyBackend({
      state,
      progress,
      signal,
      factories: options.factories ?? factories,
      parallel: options.parallel,
      refresh: options.refresh,
      stackOutputs: (name) => readStackOutputs(options.stateDir, name),
    });
    const evaluation = await evaluate({
      root: options.root,
      stack: options.stack,
      mode: "apply",
      backend,
      config: options.config,
      environment: options.environment,
      parallel: registrationsAtOnce,
      signal,
      onDiagnostic: (line) => {
        if (line.severity === "info" || line.severity === "warning") options.onLine?.(`  ${line.severity === "warning" ? "warning: " : ""}${line.message}`);
      },
    });
    if (evaluation.exitCode === 0) return { summary: progress.summary, outputs: evaluation.outputs, seconds: (performance.now() - started) / 1000 };
    const errors = evaluation.logs.filter((line) => line.severity === "error").map((line) => line.message);
    throw new ApplyError(`${options.stack} was not applied completely:\n${errors.join("\n")}\nWhat was done is recorded; nothing that the program did not reach was deleted. Mend the cause and run again.`);
  });
}

/** Deletes everything in a stack's state, dependents first. The program does not run. Does nothing for a stack without state. */
export async function destroyStack(options: Omit<ApplyStackOptions, "root" | "config" | "environment">): Promise<Applied> {
  const started = performance.now();
  return withState(options, async (state, progress) => {
    const signal = options.signal ?? never;
    const providers = new ProviderSet(state, options.factories ?? factories);
    const steps = new Steps({ state, progress, signal, providers, parallel: options.parallel ?? 16 });
    if (!state.isEmpty) await finish({ state, progress, signal, steps });
    return { summary: progress.summary, outputs: {}, seconds: (performance.now() - started) / 1000 };
  });
}

async function withState<T>(options: Pick<ApplyStackOptions, "stateDir" | "stack" | "onLine">, run: (state: StackState, progress: Progress) => Promise<T>): Promise<T> {
  const unlock = lockState(options);
  try {
    const file = new StateFile(options);
    file.sweep();
    const state = await StackState.load(file);
    return await run(state, new Progress((event: ApplyEvent) => {
      const line = progressLine(event);
      if (line !== undefined) options.onLine?.(line);
    }));
  } finally {
    unlock();
  }
}
