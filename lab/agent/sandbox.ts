import { spawn } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { enterNetns } from "../sites/names";
import { hostnameOf } from "./hosts";
import type { Pod } from "./kube-types";
import type { PodFolder } from "./pod-folder";
import { isAlive, parseStat, signal } from "./process";
import { bytesOf } from "./quantity";
import type { ProcessId } from "./record";
import { type etcFiles, sandboxPaths, sandboxScript } from "./scripts";

const startMs = 20_000;

/**
 * The process that keeps a pod's network, mount, host name and IPC namespaces. Everything a pod has in memory hangs on
 * it: when it ends, so do the pod's mounts, and nothing of them was ever seen outside.
 */
export class Sandbox {
  constructor(
    private readonly folder: PodFolder,
    readonly process: ProcessId,
  ) {}

  /** @throws when it cannot be made; what the system said is in the message */
  static async start(folder: PodFolder, pod: Pod, netns: string): Promise<Sandbox> {
    const memoryVolumes = (pod.spec.volumes ?? [])
      .filter((v) => v.emptyDir?.medium === "Memory")
      .map((v) => ({ name: v.name, ...(v.emptyDir?.sizeLimit ? { bytes: bytesOf(v.emptyDir.sizeLimit) } : {}) }));
    const script = sandboxScript({ folder: folder.sandbox, hostname: hostnameOf(pod), memoryVolumes });
    // Slave mounts: what the machine unmounts goes here too, what is mounted here is seen by nobody else.
    const argv = [...enterNetns(netns), "unshare", "--mount", "--propagation=slave", "--uts", "--ipc", "--", "/bin/sh", "-c", script];
    return new Sandbox(folder, parseStat(await firstLine(argv)));
  }

  isAlive(): Promise<boolean> {
    return isAlive(this.process);
  }

  async kill(): Promise<void> {
    await signal(this.process, "SIGKILL");
  }

  /** A path in the sandbox's memory, as this process can reach it. */
  outside(...parts: string[]): string {
    return join(`/proc/${this.process.pid}/root`, this.folder.sandbox, ...parts);
  }

  /** The same path as the sandbox's own processes see it. */
  inside(...parts: string[]): string {
    return join(this.folder.sandbox, ...parts);
  }

  /** Argument prefix that runs a command in the pod's namespaces. */
  enter(): string[] {
    return ["nsenter", `--target=${this.process.pid}`, "--mount", "--net", "--uts", "--ipc", "--"];
  }

  /** Replaces a file of the containers' /etc in one step. */
  async writeEtc(name: (typeof etcFiles)[number], text: string): Promise<void> {
    const path = this.outside(sandboxPaths.etc, name);
    await writeFile(`${path}.new`, text, { mode: 0o644 });
    await rename(`${path}.new`, path);
  }

  /** Writes a script that only root may read; it may hold secrets, which therefore stay in memory. */
  async writeScript(name: string, text: string): Promise<string> {
    await writeFile(this.outside(sandboxPaths.scripts, name), text, { mode: 0o700 });
    return this.inside(sandboxPaths.scripts, name);
  }

  /** Makes the folder of a generated volume and returns it as seen from here. */
  async generatedFolder(name: string): Promise<string> {
    const path = this.outside(sandboxPaths.generated, name);
    await mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }
}

/** Starts a process that outlives this one and returns the first line it prints. */
function firstLine(argv: readonly string[]): Promise<string> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], cwd: "/", env: { PATH: systemPath } });
  return new Promise((resolve, reject) => {
    let out = "";
    let err = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), startMs);
    const settle = (): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    };
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (!out.includes("\n")) return;
      settle();
      resolve(out);
    });
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code, signalName) => {
      settle();
      reject(new Error(`the pod's sandbox ended with ${code ?? signalName}: ${err.trim() || "it said nothing"}`));
    });
  });
}

/** Where the system's own tools are; the agent's own environment is not handed on. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
