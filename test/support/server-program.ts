import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The path of a server program for tests that need a real one: from PATH, else from the toolchain's cache; else an error. */
export function serverProgram(name: string): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "chainstead");
  const found = [...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)), ...below(cache, 3).map((folder) => join(folder, name))].find(executable);
  if (found === undefined) {
    throw new Error(`this test needs the real '${name}': it is neither on PATH nor below ${cache}; run \`make up\` once, which provides it`);
  }
  return found;
}

function below(folder: string, depth: number): string[] {
  if (depth === 0 || !existsSync(folder)) {
    return [];
  }
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap((entry) => [join(folder, entry.name), ...below(join(folder, entry.name), depth - 1)]);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
