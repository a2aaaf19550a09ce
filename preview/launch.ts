import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { StackConfig } from "./config";
import type { Project } from "./project";

export interface LaunchOptions {
  readonly project: Project;
  readonly stack: string;
  readonly organization: string;
  readonly config: StackConfig;
  /** Address of the monitor and the engine. */
  readonly address: string;
  readonly dryRun: boolean;
  readonly parallel: number;
  /** Variables handed to the program besides Pulumi's own. Nothing else of this process's environment reaches it. */
  readonly environment: { readonly [name: string]: string };
  /** Called for each line the program prints. */
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
  readonly signal?: AbortSignal;
}

export interface Exit {
  /** 0 well, 32 failed and said so, other failed. 128 + n when ended by signal n. */
  readonly exitCode: number;
  /** User and system seconds of the program; undefined when it was killed. */
  readonly cpuSeconds?: number;
}

/** How long a program that was told to end may take before it is killed. */
const graceMilliseconds = 2000;

/** Runs the program with the line and the variables that Pulumi's own Node.js language host uses, and waits for its end. */
export async function launch(options: LaunchOptions): Promise<Exit> {
  const { project, config } = options;
  const sdk = dirname(createRequire(join(project.root, "package.json")).resolve("@pulumi/pulumi/package.json"));
  const child = spawn(
    process.execPath,
    [
      ...project.nodeArguments,
      join(sdk, "cmd", "run", "index.js"),
      `--project=${project.name}`,
      `--stack=${options.stack}`,
      `--organization=${options.organization}`,
      `--root-directory=${project.root}`,
      `--pwd=${project.workingDirectory}`,
      `--parallel=${options.parallel}`,
      ...(options.dryRun ? ["--dry-run"] : []),
      `--monitor=${options.address}`,
      `--engine=${options.address}`,
      project.entry,
    ],
    {
      cwd: project.workingDirectory,
      env: {
        ...options.environment,
        PULUMI_CONFIG: JSON.stringify(config.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
        // Types are checked by the compiler apart; checking them here would cost four times the whole evaluation.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        ...(project.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig } : {}),
        NODE_OPTIONS: `--require ${JSON.stringify(preloadFile())}`,
      },
      // The fourth is where the preload writes what the run cost.
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    },
  );
  const killed = interrupt(child, options.signal);
  const [stdout, stderr, cost] = [child.stdout, child.stderr, child.stdio[3]].map((stream) => stream as Readable) as [Readable, Readable, Readable];
  const lines = [readLines(stdout, (line) => options.onLine(line, "stdout")), readLines(stderr, (line) => options.onLine(line, "stderr"))];
  const report: string[] = [];
  cost.setEncoding("utf8").on("data", (chunk: string) => report.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`The program could not be started with ${process.execPath}: ${error.message}`)));
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : 15)));
  });
  killed.done();
  await Promise.all(lines);
  return { exitCode, ...parseCost(report.join("")) };
}

function parseCost(text: string): { readonly cpuSeconds?: number } {
  const match = /"cpuSeconds":\s*([\d.e+-]+)/.exec(text);
  return match ? { cpuSeconds: Number(match[1]) } : {};
}

/** Ends the child on abort: asks first, kills after a grace. */
function interrupt(child: ReturnType<typeof spawn>, signal: AbortSignal | undefined): { done(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  // If this process ends for any reason, the program must not stay behind.
  const atExit = (): void => void child.kill("SIGKILL");
  process.once("exit", atExit);
  return {
    done: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      process.removeListener("exit", atExit);
    },
  };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line);
}

/** The preload lies beside this file, or, when bundled, in the repository's preview folder. */
function preloadFile(): string {
  const candidates = [join(__dirname, "program-preload.cjs"), join(__dirname, "..", "preview", "program-preload.cjs")];
  const file = candidates.find((path) => existsSync(path));
  if (!file) throw new Error(`program-preload.cjs is missing; it was looked for at ${candidates.join(" and ")}.`);
  return file;
}
