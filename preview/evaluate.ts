import { approximations, type Approximation } from "./approximations";
import type { Backend, Mode, PropertyMap } from "./backend";
import { readConfig, type StackConfig } from "./config";
import { Diagnostics, type Diagnostic } from "./diagnostics";
import { Engine } from "./engine";
import { noFixtures, type Fixtures } from "./fixtures";
import { launch } from "./launch";
import { Monitor } from "./monitor";
import { PreviewBackend } from "./offline-backend";
import { inOrder } from "./order";
import { readProject, type Project } from "./project";
import { disabledDefaultProviders } from "./provider-rules";
import type { Evaluated } from "./registry";
import { serve } from "./serve";
import { SynthBackend } from "./synth/backend";
import { stackType } from "./urn";

export interface EvaluateOptions {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
  readonly mode: Mode;
  /** Settings on top of the stack's file; keys without a namespace get the project's. @default none */
  readonly config?: { readonly [key: string]: string };
  /** Answers for StackReferences and functions. @default none */
  readonly fixtures?: Fixtures;
  /** Required in apply mode. @default the mode's own */
  readonly backend?: Backend;
  /** Operations at once. @default 16 */
  readonly parallel?: number;
  /** @default "organization", as Pulumi's own file backends have it */
  readonly organization?: string;
  /** Variables the program may see besides Pulumi's own. @default none */
  readonly environment?: { readonly [name: string]: string };
  /** Ends the program when aborted; the evaluation then rejects. */
  readonly signal?: AbortSignal;
  /** Called for each line as it is said, before redaction of secrets that become known later. */
  readonly onDiagnostic?: (line: Diagnostic) => void;
}

export interface Evaluation {
  readonly project: string;
  readonly stack: string;
  readonly mode: Mode;
  readonly root: string;
  /** Each after what it needs, otherwise by URN. Resources read with `.get` are `external`. */
  readonly resources: readonly Evaluated[];
  /** The stack's outputs. */
  readonly outputs: PropertyMap;
  /** The program's log, its console and the evaluator's own errors; secrets redacted. */
  readonly logs: readonly Diagnostic[];
  /** 0 only when the program ended with 0, nothing was logged as an error, and the backend finished. */
  readonly exitCode: number;
  readonly config: StackConfig;
  readonly seconds: number;
  /** Of the program and of this process, user and system together; evaluations at the same time each count this process. */
  readonly cpuSeconds: number;
  /** What this evaluation cannot know. */
  readonly approximations: readonly Approximation[];
}

/** Runs a stack's unmodified program against the evaluator's own monitor. A program that fails is a result, not an exception. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const project = readProject(options.root);
  const config = readConfig(project, options.stack, options.config);
  const parallel = options.parallel ?? 16;
  const diagnostics = new Diagnostics(options.onDiagnostic);
  for (const key of config.secretKeys) diagnostics.protect(config.values[key] ?? "");
  const backend = options.backend ?? offlineBackend(options, project);
  const organization = options.organization ?? "organization";
  await backend.begin?.({ project: project.name, stack: options.stack, organization });
  const monitor = new Monitor({
    project: project.name,
    stack: options.stack,
    root: project.root,
    backend,
    diagnostics,
    providerRules: { project: project.name, stack: options.stack, disabledDefaults: disabledDefaultProviders(config.values["pulumi:disable-default-providers"]) },
    parallel,
  });
  const served = await serve(monitor, new Engine(diagnostics));
  let exit;
  try {
    exit = await launch({
      project,
      stack: options.stack,
      organization,
      config,
      address: served.address,
      dryRun: backend.mode === "preview",
      parallel,
      environment: options.environment ?? {},
      onLine: (line) => diagnostics.add("info", line),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    monitor.close();
    served.close();
  }
  if (options.signal?.aborted) {
    await backend.failed?.("interrupted");
    throw new Error(`The evaluation of ${options.stack} was interrupted.`);
  }
  if (exit.exitCode !== 0 && !diagnostics.failed) diagnostics.add("error", `The program of ${options.stack} ended with exit code ${exit.exitCode} and did not say why.`);
  if (exit.exitCode === 0 && !monitor.finished && !diagnostics.failed) {
    diagnostics.add("error", `The program of ${options.stack} left with process.exit before everything was declared; nothing after that is known. Let it return instead.`);
  }
  const exitCode = exit.exitCode !== 0 ? exit.exitCode : diagnostics.failed ? 1 : 0;
  if (exitCode !== 0) await backend.failed?.(`the program ended with exit code ${exit.exitCode}`);
  const resources = inOrder(monitor.registry.list());
  const spent = process.cpuUsage(cpu);
  return {
    project: project.name,
    stack: options.stack,
    mode: backend.mode,
    root: project.root,
    resources,
    outputs: resources.find(({ resource }) => resource.type === stackType)?.outputs ?? {},
    logs: diagnostics.list(),
    exitCode,
    config,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (exit.cpuSeconds ?? 0) + (spent.user + spent.system) / 1e6,
    approximations: approximations({ mode: backend.mode, resources, config, packages: monitor.packages, root: project.root }),
  };
}

function offlineBackend(options: EvaluateOptions, project: Project): Backend {
  const fixtures = options.fixtures ?? noFixtures("the evaluation's fixtures");
  if (options.mode === "preview") return new PreviewBackend(fixtures);
  if (options.mode === "synth") return new SynthBackend(fixtures, project.root);
  throw new Error("Apply mode makes real things: give the backend that makes them.");
}
