import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Report } from "./program";

/**
 * Takes a lock that the kernel lets go of when we end, however that happens: flock(1) holds it for a `cat` that reads from us.
 * @returns what lets go of it
 * @throws when flock cannot be run
 */
export async function lock(file: string, report: Report, signal?: AbortSignal): Promise<() => void> {
  await mkdir(dirname(file), { recursive: true });
  const child = spawn("flock", [file, "sh", "-c", "echo held && exec cat >/dev/null"], { stdio: ["pipe", "pipe", "ignore"], signal });
  const waiting = setTimeout(() => report(`another run is providing programs; waiting for it (${file})`), 500);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("error", (error) => reject(new Error(`the lock ${file} cannot be taken: ${error.message} (Debian: util-linux)`)));
      child.once("exit", (code) => reject(new Error(`the lock ${file} cannot be taken: flock ended with ${code}`)));
    });
  } finally {
    clearTimeout(waiting);
  }
  return () => child.stdin.end();
}
