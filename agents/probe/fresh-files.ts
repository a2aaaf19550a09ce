import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Newest change of the files that a glob names, in milliseconds since 1970; undefined when there is none. Only the last
 * part of the path may hold `*`. A file that vanishes meanwhile is none: databases do that all the time.
 */
export async function newestChange(glob: string): Promise<number | undefined> {
  const folder = dirname(glob);
  const names = basename(glob).includes("*") ? await namesIn(folder, basename(glob)) : [basename(glob)];
  const times = await Promise.all(names.map((name) => changed(join(folder, name))));
  return times.reduce((newest, time) => (time !== undefined && (newest === undefined || time > newest) ? time : newest), undefined);
}

async function namesIn(folder: string, pattern: string): Promise<string[]> {
  const expression = new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  return (await readdir(folder).catch(() => [])).filter((name) => expression.test(name));
}

async function changed(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
}
