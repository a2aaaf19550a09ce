import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "./kube-types";
import type { ContainerRecord, ProcessId } from "./record";

/** What a new agent needs to take over a pod from one that ended. */
export interface PodState {
  /** Processes of an earlier boot are gone whatever their pids say. */
  readonly bootId: string;
  readonly pod: Pod;
  readonly startTime: string;
  readonly network?: { readonly netns: string; readonly ip: string };
  readonly sandbox?: ProcessId;
  readonly containers: readonly ContainerRecord[];
}

/** The files of one pod below `.lab/<name>/agent/<region>/pods/<uid>`. */
export class PodFolder {
  readonly path: string;

  constructor(podsFolder: string, readonly uid: string) {
    this.path = join(podsFolder, uid);
  }

  /** Mount point of the sandbox's memory; empty as seen from outside of it. */
  get sandbox(): string {
    return join(this.path, "sandbox");
  }

  /** emptyDir volumes that are not kept in memory. */
  volume(name: string): string {
    return join(this.path, "volumes", name);
  }

  /** Where starts and ends of containers are announced, one file each. */
  get signs(): string {
    return join(this.path, "signs");
  }

  processFile(container: string, attempt: number): string {
    return join(this.signs, `${container}.${attempt}.process`);
  }

  exitFile(container: string, attempt: number): string {
    return join(this.signs, `${container}.${attempt}.exit`);
  }

  shim(container: string): string {
    return join(this.path, `${container}.shim.sh`);
  }

  async make(): Promise<void> {
    await mkdir(this.sandbox, { recursive: true, mode: 0o700 });
    await mkdir(this.signs, { recursive: true, mode: 0o700 });
    await mkdir(join(this.path, "volumes"), { recursive: true, mode: 0o755 });
  }

  async save(state: PodState): Promise<void> {
    const file = join(this.path, "pod.json");
    await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async load(): Promise<PodState | undefined> {
    const text = await readFile(join(this.path, "pod.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as PodState);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Uids of the pods that an earlier agent left. */
export async function knownPods(podsFolder: string): Promise<string[]> {
  await mkdir(podsFolder, { recursive: true, mode: 0o700 });
  return readdir(podsFolder);
}

export async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}
