import { execFile } from "node:child_process";

/** A command that ended badly: what was run, how it ended and what it said. */
export class CommandError extends Error {
  constructor(
    readonly argv: readonly string[],
    readonly exitCode: number | string,
    readonly stderr: string,
  ) {
    super(`\`${argv.join(" ")}\` failed (${exitCode}): ${stderr.trim() || "it said nothing"}`);
  }
}

/**
 * Runs a command to its end and returns its standard output.
 * @throws CommandError when it cannot be started or exits other than 0
 */
export function run(argv: readonly string[], input?: string): Promise<string> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("run() needs a program to run");
  return new Promise((resolve, reject) => {
    const child = execFile(program, rest, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const code = (error as NodeJS.ErrnoException).code ?? "killed";
      reject(new CommandError(argv, code, code === "ENOENT" ? `${program} is not installed (Debian: iproute2, util-linux)` : stderr));
    });
    // A command that ends before it read its input is judged by its exit code, not by the broken pipe.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}
