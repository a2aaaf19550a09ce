import { copyFile, mkdir, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

/** A log grows to this size before it is cut, and this many older pieces are kept. */
const limits = { bytes: 20 * 1024 * 1024, kept: 2 };

/** `<folder>/<namespace>_<pod>_<container>.log`; attempts follow each other in one file. */
export function logFile(folder: string, namespace: string, pod: string, container: string): string {
  return join(folder, `${namespace}_${pod}_${container}.log`);
}

/**
 * Cuts the logs that have grown too long. A container holds its log open for appending, so the file is copied and then
 * emptied; what is written between the two is lost.
 * @returns the files that were cut
 */
export async function rotateLogs(folder: string, { bytes, kept }: { bytes: number; kept: number } = limits): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const cut: string[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".log")) continue;
    const file = join(folder, name);
    if ((await stat(file)).size < bytes) continue;
    await rm(`${file}.${kept}`, { force: true });
    for (let n = kept - 1; n >= 1; n--) await rename(`${file}.${n}`, `${file}.${n + 1}`).catch(() => undefined);
    await copyFile(file, `${file}.1`);
    await truncate(file, 0);
    cut.push(file);
  }
  return cut;
}
