import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { passphrasePath } from "../../preview/apply/state-file";
import { writePrivateFile } from "../servers/private-file";
import type { StackAccess } from "./program";
import type { Report } from "./steps";

type Cli = Pick<PulumiRun, "cli" | "root" | "state" | "cache" | "signal" | "report"> & { readonly access?: StackAccess };

/**
 * Fetches the plugins that the program needs. To be called where the Internet is: the operators' site, where the program
 * runs, has no way there.
 */
export async function pulumiPlugins(run: Omit<Cli, "access">): Promise<void> {
  await pulumi(run, ["install", "--no-dependencies"]);
}

export interface PulumiRun {
  /** Absolute path of the CLI. */
  readonly cli: string;
  readonly root: string;
  /** Folder of the lab's states; the CLI's own backend is below it. */
  readonly state: string;
  /** Cache of programs; the CLI's plugins are below it, for every lab of the user. */
  readonly cache: string;
  readonly stack: string;
  readonly access: StackAccess;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Runs a plain `pulumi up` with a backend in the lab's folder: no login, no account.
 *
 * @throws with the last lines of the CLI when it fails
 */
export async function pulumiUp(run: PulumiRun): Promise<void> {
  mkdirSync(join(run.state, "backend"), { recursive: true, mode: 0o700 });
  if (!existsSync(passphrasePath(run.state))) writePrivateFile(passphrasePath(run.state), randomBytes(24).toString("base64"));
  const settings = Object.entries(run.access.config).flatMap(([key, value]) => ["-c", `chainstead:${key}=${value}`]);
  await pulumi(run, ["stack", "select", "--create", run.stack]);
  await pulumi(run, ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", run.stack, ...settings]);
}

function pulumi(run: Cli, args: readonly string[]): Promise<void> {
  const environment = {
    // The language host looks for node on the PATH.
    PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin`,
    PULUMI_HOME: join(run.cache, "pulumi"),
    HOME: run.state,
    PULUMI_BACKEND_URL: `file://${join(run.state, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrasePath(run.state),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The Vault provider reads it itself, so that it gets into no state and no argument.
    ...(run.access?.vaultToken === undefined ? {} : { VAULT_TOKEN: run.access.vaultToken }),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(run.cli, args, { cwd: run.root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const last: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        last.push(line);
        if (last.length > 20) last.shift();
        if (line.trim()) run.report(`            ${line}`);
      });
    }
    const stop = (): void => void child.kill("SIGINT");
    run.signal.addEventListener("abort", stop, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      run.signal.removeEventListener("abort", stop);
      if (code === 0) resolve();
      else reject(new Error(`\`pulumi ${args.join(" ")}\` ended with ${code}:\n${last.join("\n")}`));
    });
  });
}
