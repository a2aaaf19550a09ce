import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ProgramName } from "./servers/context";
import { writePrivateFile } from "./servers/private-file";

/** Absolute paths of the programs that this lab runs, as the toolchain provided them when it was brought up. */
export type ProgramPaths = Readonly<Record<ProgramName, string>>;

const names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "consul", "vault", "prometheus", "alertmanager", "cometbft"] as const satisfies readonly ProgramName[];
export const programNames: readonly ProgramName[] = names;

const shape = z.record(z.enum(names), z.string().startsWith("/"));

function path(state: string): string {
  return join(state, "programs.json");
}

/** Written outside of the lab's namespaces, where programs can be fetched, and read inside, where they cannot. */
export function writeProgramPaths(state: string, programs: ProgramPaths): void {
  writePrivateFile(path(state), `${JSON.stringify(programs, undefined, 2)}\n`);
}

/** @throws when the lab was not brought up yet, or a program is gone from where it was */
export function readProgramPaths(state: string): ProgramPaths {
  if (!existsSync(path(state))) throw new Error(`${path(state)} is missing: run \`make up\` first`);
  const programs = shape.parse(JSON.parse(readFileSync(path(state), "utf8")));
  const gone = Object.entries(programs).filter(([, program]) => !existsSync(program));
  if (gone.length > 0) throw new Error(`programs are gone: ${gone.map(([name, program]) => `${name} (${program})`).join(", ")}; run \`make up\`, which provides them again`);
  return programs;
}
