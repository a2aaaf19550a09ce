import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSync } from "esbuild";

export const checkout = join(__dirname, "..", "..");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A lab of its own name, driven by the commands that an operator uses. */
export class TestLab {
  constructor(
    readonly name: string,
    readonly root: string = checkout,
  ) {}

  get state(): string {
    return join(this.root, ".lab", this.name);
  }

  /** Runs `chainstead <args>`; never throws for an exit code. */
  run(args: readonly string[], seconds: number): Promise<Ran> {
    return new Promise((resolve) => {
      execFile(process.execPath, [join(this.root, "bin", "chainstead.js"), ...args], { env: { ...process.env, CHAINSTEAD_LAB: this.name }, timeout: seconds * 1000, killSignal: "SIGINT", maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 130;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs a command that has to succeed; its output is part of the error otherwise. */
  async ok(args: readonly string[], seconds: number): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, seconds);
    if (code !== 0) throw new Error(`chainstead ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }
}

/** What of the machine a lab might leave behind: namespaces, mounts, processes that name it, and entries of shared folders. */
export interface Traces {
  readonly namespaces: readonly string[];
  readonly mounts: readonly string[];
  readonly processes: readonly string[];
  readonly files: readonly string[];
}

export function traces(lab: TestLab): Traces {
  const own = (text: string): boolean => text.includes(lab.state) || text.includes(`cs-${lab.name}-`);
  const processes = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid).map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ")).filter(own);
  return {
    namespaces: execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n").map((line) => line.split(" ")[0] ?? "").filter((name) => name.startsWith(`cs-${lab.name}-`)),
    mounts: textOf("/proc/self/mounts").split("\n").filter(own),
    processes,
    files: ["/tmp", "/run", "/var/tmp", "/dev/shm", "/etc/netns"].flatMap((folder) => entries(folder).filter((name) => !ignored.test(name)).map((name) => join(folder, name))).sort(),
  };
}

/** Made by the test runner and other tools of the machine at any moment. */
const ignored = /^(jest|go-build|chainstead-gate-|node-compile-cache|v8-compile-cache|chainstead-tests-|systemd|bash_jobs|netns$|npm-|tsx-)/;

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A checkout that is the same but for the agents' bundle: its gate does not compare. Production code has no such switch. */
export function mutantCheckout(): { readonly root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), "chainstead-mutant-"));
  for (const name of readdirSync(checkout)) if (!["bin", ".lab", ".git"].includes(name)) symlinkSync(join(checkout, name), join(root, name));
  mkdirSync(join(root, "bin"));
  for (const name of ["chainstead.js", "lab.js"]) copyFileSync(join(checkout, "bin", name), join(root, "bin", name));
  buildSync({ entryPoints: [join(checkout, "test/support/gate/mutant-agents.ts")], outfile: join(root, "bin", "agents.js"), bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "error" });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
