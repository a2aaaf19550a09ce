import type { LabPlace } from "../place";
import type { ProgramPaths } from "../programs-file";
import { programNames } from "../programs-file";
import { provide } from "../toolchain";
import type { Report } from "./steps";

/**
 * Every program that the lab runs, in its pinned version.
 *
 * @throws one error that names each program that could not be had and what to install
 */
export async function providePrograms(place: Pick<LabPlace, "root" | "cache">, report: Report, signal: AbortSignal): Promise<ProgramPaths> {
  return provide(programNames, report, { root: place.root, cache: place.cache, signal });
}
