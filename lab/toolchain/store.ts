import { createHash } from "node:crypto";
import { access, constants, mkdir, readFile, readdir, rename, rm, writeFile, copyFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Program, ToolchainPlace } from "./program";

/** Programs kept by version: `<cache>/bin/<program>-<version>/<program>`, with `pin` beside it saying what it was made from. */
export class Store {
  private readonly folder: string;

  constructor(private readonly place: ToolchainPlace) {
    this.folder = join(place.cache, "bin");
  }

  pathOf(name: string, program: Program): string {
    return join(this.folder, `${name}-${program.version}`, name);
  }

  /** Path of the program, if it is there and was made from today's pins. */
  async find(name: string, program: Program): Promise<string | undefined> {
    const path = this.pathOf(name, program);
    const pin = await readFile(join(path, "../pin"), "utf8").catch(() => undefined);
    if (pin?.trim() !== (await this.pinOf(program))) return undefined;
    return access(path, constants.X_OK).then(
      () => path,
      () => undefined,
    );
  }

  /** Puts a finished program in its place and drops what other pins left of it. The file is copied unless it lies in the cache already. */
  async keep(name: string, program: Program, file: string): Promise<string> {
    const path = this.pathOf(name, program);
    const fresh = `${join(path, "..")}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    if (file.startsWith(this.place.cache)) await rename(file, join(fresh, name));
    else await copyFile(file, join(fresh, name));
    await chmod(join(fresh, name), 0o755);
    await writeFile(join(fresh, "pin"), `${await this.pinOf(program)}\n`);
    await this.drop(name);
    await rename(fresh, join(path, ".."));
    return path;
  }

  /** Removes every version of one program, and of no other (`kube-scheduler` is not a version of `kube`). */
  private async drop(name: string): Promise<void> {
    const others = (await readdir(this.folder)).filter((entry) => entry.startsWith(`${name}-`) && /^\d+\.\d+\.\d+$/.test(entry.slice(name.length + 1)));
    for (const entry of others) await rm(join(this.folder, entry), { recursive: true, force: true });
  }

  /** Version, and for what may be built the sums of every module: a raised dependency is another program. */
  private async pinOf(program: Program): Promise<string> {
    const hash = createHash("sha256").update(program.version);
    if (program.go) {
      for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(moduleFolder(this.place, program.go.module), file)).catch(() => ""));
    }
    return hash.digest("hex");
  }
}

export function moduleFolder(place: ToolchainPlace, module: string): string {
  return join(place.root, "lab/toolchain", module);
}
