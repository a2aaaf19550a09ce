import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Catalogue, Program, ToolchainPlace } from "../../../lab/toolchain/program";

/** A program that only says its version. */
export const script = (version: string): string => `#!/bin/sh\necho "tool v${version}"\n`;

export const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** A machine of its own for one test: a cache, a checkout, and a PATH that holds what the test puts there. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "cs-toolchain-"));
  readonly cache = join(this.folder, "cache");
  readonly root = join(this.folder, "root");
  readonly tools = join(this.folder, "tools");
  readonly said: string[] = [];

  constructor() {
    mkdirSync(this.tools, { recursive: true });
  }

  get place(): ToolchainPlace {
    return { root: this.root, cache: this.cache, env: { PATH: `${this.tools}:/usr/bin:/bin`, WORKSHOP: this.folder } };
  }

  readonly report = (line: string): void => void this.said.push(line);

  /** Puts a command on the PATH, before the machine's own. */
  command(name: string, text: string): void {
    const path = join(this.tools, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  }

  module(name: string, sums = "sums"): void {
    mkdirSync(join(this.root, "lab/toolchain", name), { recursive: true });
    writeFileSync(join(this.root, "lab/toolchain", name, "go.mod"), `module ${name}\n`);
    writeFileSync(join(this.root, "lab/toolchain", name, "go.sum"), sums);
  }

  /** Lines that the fake commands wrote to `log`. */
  log(): string[] {
    try {
      return readFileSync(join(this.folder, "log"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function oneProgram(program: Partial<Program>, more: Partial<Catalogue<"tool">> = {}): Catalogue<"tool"> {
  return { programs: { tool: { version: "1.2.3", versionArguments: ["version"], ...program } }, debianPackages: {}, goModules: {}, ...more };
}

/** A vendor's server. It counts what it is asked for. */
export async function vendorServer(files: Readonly<Record<string, string | Buffer>>): Promise<{ readonly url: string; readonly asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path.startsWith("/moved/")) return void response.writeHead(302, { location: path.slice("/moved".length) }).end();
    const body = files[path];
    return void (body === undefined ? response.writeHead(404).end() : response.end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
