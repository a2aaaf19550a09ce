import { spawn } from "node:child_process";
import type { ToolchainPlace } from "./program";

export interface Ended {
  /** Exit code; `undefined` when it could not be started or was killed. */
  readonly code: number | undefined;
  readonly output: string;
}

export interface ExecuteOptions {
  readonly cwd?: string;
  /** Laid over the place's environment by env(1), because we do not read our own. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly line?: (line: string) => void;
  /** Milliseconds until it is killed. */
  readonly timeout?: number;
}

/** Runs a command to its end, standard output and error together. Never rejects; ends it when the place's signal comes. */
export function execute(place: ToolchainPlace, argv: readonly string[], options: ExecuteOptions = {}): Promise<Ended> {
  const variables = Object.entries(options.variables ?? {}).map(([name, value]) => `${name}=${value}`);
  const [program = "", ...args] = variables.length === 0 ? argv : ["env", ...variables, ...argv];
  return new Promise((resolve) => {
    let output = "";
    let rest = "";
    const child = spawn(program, args, { cwd: options.cwd, env: place.env, signal: place.signal, timeout: options.timeout, stdio: ["ignore", "pipe", "pipe"] });
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-64 * 1024);
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.line?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", (error) => resolve({ code: undefined, output: `${output}${error.message}` }));
    child.once("close", (code, signal) => resolve({ code: code ?? undefined, output: signal ? `${output}\nkilled by ${signal}` : output }));
  });
}

/** Last lines of what a command said, for an error. */
export function tail(output: string, lines = 8): string {
  return output.trim().split("\n").slice(-lines).join("\n");
}
