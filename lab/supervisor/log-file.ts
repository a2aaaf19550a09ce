import { copyFile, open, readdir, stat, truncate } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { inState } from "./state-folder";

/** Bytes at which a log is put aside. */
export const rotateAt = 50 * 1024 * 1024;

/** For appending: every writer's lines go to the end, so that the file can be emptied under a running service. */
export function openLog(stateDir: string, service: string): Promise<FileHandle> {
  return open(inState.log(stateDir, service), "a", 0o600);
}

/** Last lines of a service's log, or a word on why there are none. */
export async function tailOf(stateDir: string, service: string, lines = 20): Promise<string> {
  const file = await open(inState.log(stateDir, service), "r").catch(() => undefined);
  if (file === undefined) return "(it has no log yet)";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 64 * 1024);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n") || "(its log is empty)";
  } finally {
    await file.close();
  }
}

/** Puts aside each log that has grown beyond the limit: one older file, `<service>.log.1`, is kept. */
export async function rotateLogs(stateDir: string, limit = rotateAt): Promise<readonly string[]> {
  const rotated: string[] = [];
  const folder = inState.logs(stateDir);
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".log"))) {
    const path = join(folder, name);
    if ((await stat(path)).size <= limit) continue;
    await copyFile(path, `${path}.1`);
    await truncate(path);
    rotated.push(name);
  }
  return rotated;
}
