import { spawn } from "node:child_process";
import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { PodFolder } from "./pod-folder";
import { isAlive, parseStat } from "./process";
import type { ContainerPlan } from "./plan";
import type { ProcessId } from "./record";
import type { Sandbox } from "./sandbox";
import { systemPath } from "./sandbox";
import { execScript, shimScript, startScript } from "./scripts";

export interface Launch {
  readonly folder: PodFolder;
  readonly sandbox: Sandbox;
  readonly container: string;
  readonly attempt: number;
  readonly plan: ContainerPlan;
  readonly logFile: string;
}

/**
 * Starts a container. A shim in a session of its own waits for it, so that neither the end nor a crash of this process
 * touches it; the container's first process is announced in `processFile`, its end in `exitFile`.
 */
export async function launch({ folder, sandbox, container, attempt, plan, logFile }: Launch): Promise<void> {
  const processFile = folder.processFile(container, attempt);
  const exitFile = folder.exitFile(container, attempt);
  await Promise.all([processFile, exitFile].map((file) => rm(file, { force: true })));
  const script = await sandbox.writeScript(`${container}.sh`, startScript({ plan, sandbox: folder.sandbox, processFile }));
  const shim = folder.shim(container);
  await writeFile(shim, shimScript(sandbox.enter(), script, exitFile), { mode: 0o700 });
  // Appending makes rotation by truncation safe.
  const log = await open(logFile, "a", 0o640);
  try {
    const child = spawn("/bin/sh", [shim], { detached: true, stdio: ["ignore", log.fd, log.fd], cwd: "/", env: { PATH: systemPath } });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
  } finally {
    await log.close();
  }
}

export type Sign = { readonly kind: "starting" } | { readonly kind: "running"; readonly process: ProcessId } | { readonly kind: "exited"; readonly exitCode: number; readonly at: string; readonly wasUp: boolean; readonly lost?: true };

/** What a container's sign files and its process say about it. */
export async function readSigns(folder: PodFolder, container: string, attempt: number): Promise<Sign> {
  const processText = await readFile(folder.processFile(container, attempt), "utf8").catch(() => undefined);
  const ended = await readExit(folder.exitFile(container, attempt), processText !== undefined);
  if (ended) return ended;
  if (processText === undefined) return { kind: "starting" };
  const process = parseStat(processText);
  if (await isAlive(process)) return { kind: "running", process };
  // The shim writes the end a moment later, unless it was killed itself.
  await new Promise((resolve) => setTimeout(resolve, shimMs));
  return (await readExit(folder.exitFile(container, attempt), true)) ?? { kind: "exited", exitCode: 137, at: new Date().toISOString(), wasUp: true, lost: true };
}

const shimMs = 300;

async function readExit(file: string, wasUp: boolean): Promise<Sign | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const at = (await stat(file)).mtime.toISOString();
  return { kind: "exited", exitCode: Number(text), at, wasUp };
}

export interface ExecResult {
  readonly exitCode: number;
  /** The end of what it printed. */
  readonly output: string;
}

/** Runs one more command inside a container: probes and lifecycle hooks. Never rejects; a timeout is exit code 137. */
export function execIn(process: ProcessId, plan: ContainerPlan, argv: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
  const args = [`--target=${process.pid}`, "--mount", "--net", "--uts", "--ipc", "--pid", "--root", "--", "/bin/sh", "-s"];
  return new Promise((resolve) => {
    const child = spawn("nsenter", args, { stdio: ["pipe", "pipe", "pipe"], cwd: "/", env: { PATH: systemPath } });
    let output = "";
    const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-1000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    // `timeout` inside ends the command itself; this is for a namespace that cannot be entered.
    const timer = setTimeout(() => child.kill("SIGKILL"), (timeoutSeconds + 2) * 1000);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ exitCode: 127, output: error.message });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? 137, output: output.trim() });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(execScript(plan, argv, timeoutSeconds));
  });
}
