import { execFileSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where the toolchain keeps programs: `<cache>/chainstead/bin/<program>-<version>/<program>`. */
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "chainstead", "bin");

/**
 * The path of a server program: the newest one in the toolchain's cache, else the one on PATH.
 * @throws Error that names the program when there is neither
 */
export function program(name: string): string {
  const found = [...cached(name), ...(process.env["PATH"] ?? "").split(delimiter).map((dir) => join(dir, name))].find(executable);
  if (!found) throw new Error(`${name} is neither in ${cache} nor on PATH: provide the servers with "make up" first`);
  return found;
}

function cached(name: string): string[] {
  try {
    const versions = readdirSync(cache).filter((entry) => entry.startsWith(`${name}-`));
    return versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true })).map((entry) => join(cache, entry, name));
  } catch {
    return [];
  }
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Bundles a TypeScript entry into one file that plain Node runs, as the agents' image holds it. */
export function bundle(entry: string, outfile: string): string {
  const esbuild = join(__dirname, "../../node_modules/.bin/esbuild");
  execFileSync(esbuild, [entry, "--bundle", "--platform=node", "--target=node20", "--format=cjs", "--log-level=warning", `--outfile=${outfile}`]);
  return outfile;
}
