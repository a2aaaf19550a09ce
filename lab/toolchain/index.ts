import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { catalogue } from "./catalogue";
import { debianPackage } from "./debian";
import { gibibytes, missingSpace } from "./disk";
import { diskFor, goBuild } from "./go-build";
import { lock } from "./lock";
import type { Catalogue, ProgramName, Report, Source, SourceContext, ToolchainPlace } from "./program";
import { Progress } from "./progress";
import { Store } from "./store";
import { vendorRelease } from "./vendor";
import { onPath, versionOf } from "./version";

export { installedPackages } from "./debian";
export type { ProgramName, Report, ToolchainPlace } from "./program";

export const programNames = Object.keys(catalogue.programs) as ProgramName[];

/** Programs themselves, in bytes; what building takes comes on top. */
const roomForPrograms = 1024 ** 3;

/**
 * Gets programs in their pinned versions: from the PATH, from the cache, from the vendor, from Debian, or by building
 * them. What is there already costs some milliseconds; what is not costs minutes and is kept for every later run.
 *
 * @returns absolute paths
 * @throws one error that names each program that could not be had, its version, what was tried and what to install
 */
export function provide(programs: readonly ProgramName[], report: Report, place: ToolchainPlace): Promise<Record<ProgramName, string>> {
  return provideFrom(catalogue, [vendorRelease(), debianPackage(), goBuild()], programs, report, place);
}

/** `provide` over a given catalogue and given sources, in the order in which they are asked. */
export async function provideFrom<Name extends string>(
  known: Catalogue<Name>,
  sources: readonly Source<Name>[],
  names: readonly Name[],
  report: Report,
  place: ToolchainPlace,
): Promise<Record<Name, string>> {
  const store = new Store(place);
  const found = new Map<Name, string>();
  const lookAround = async (): Promise<Name[]> => {
    await Promise.all(
      names.filter((name) => !found.has(name)).map(async (name) => {
        const path = await present(name, known, store, place);
        if (path !== undefined) found.set(name, path);
      }),
    );
    return names.filter((name) => !found.has(name));
  };

  if ((await lookAround()).length > 0) {
    await mkdir(place.cache, { recursive: true });
    const unlock = await lock(join(place.cache, "lock"), report, place.signal);
    try {
      // Another run may have provided them while we waited.
      await obtain(known, sources, await lookAround(), found, report, place);
    } finally {
      unlock();
    }
  }
  return Object.fromEntries(names.map((name) => [name, found.get(name)])) as Record<Name, string>;
}

/** From the cache, or on the PATH in the pinned version. */
async function present<Name extends string>(name: Name, known: Catalogue<Name>, store: Store, place: ToolchainPlace): Promise<string | undefined> {
  const program = known.programs[name];
  const path = await onPath(name, place);
  if (path !== undefined && (await versionOf(path, program, place)) === program.version) return path;
  return store.find(name, program);
}

async function obtain<Name extends string>(
  known: Catalogue<Name>,
  sources: readonly Source<Name>[],
  missing: readonly Name[],
  found: Map<Name, string>,
  report: Report,
  place: ToolchainPlace,
): Promise<void> {
  if (missing.length === 0) return;
  const need = roomForPrograms + diskFor(missing, known);
  report(`${missing.length} programs are to be provided: ${missing.join(", ")}; up to ${gibibytes(need)} of disk in ${place.cache} if they have to be built`);
  const short = await missingSpace([{ folder: place.cache, bytes: roomForPrograms, what: "programs" }]);
  if (short.length > 0) throw new Error(`the programs cannot be provided: the cache ${short.join("; ")}. Free some, or set XDG_CACHE_HOME to a folder elsewhere`);

  const progress = new Progress(report, missing);
  const context: SourceContext = { place, during: (what, names, work) => progress.during(what, names, work) };
  const reasons = new Map<Name, string[]>(missing.map((name) => [name, []]));
  for (const source of sources) {
    const left = missing.filter((name) => !found.has(name));
    if (left.length === 0) return;
    place.signal?.throwIfAborted();
    const outcomes = await source.provide(left, known, context);
    for (const name of left) {
      const outcome = outcomes[name] ?? { reason: "nothing came of it" };
      if ("path" in outcome) found.set(name, outcome.path);
      else reasons.get(name)?.push(`${source.name}: ${outcome.reason}`);
    }
  }
  const lost = missing.filter((name) => !found.has(name));
  if (lost.length > 0) throw new Error(complaint(lost, known, reasons, place));
}

function complaint<Name extends string>(lost: readonly Name[], known: Catalogue<Name>, reasons: ReadonlyMap<Name, readonly string[]>, place: ToolchainPlace): string {
  const lines = lost.map((name) => `- ${name} ${known.programs[name].version}: ${reasons.get(name)?.join("; ")}`);
  const goFor = lost.filter((name) => known.programs[name].go);
  const packages = [...new Set(lost.map((name) => known.programs[name].debian?.package).filter((pack) => pack !== undefined))];
  const remedies = [
    ...(packages.length > 0 ? [`as root \`apt-get install ${packages.join(" ")}\` on Debian 12`] : []),
    ...(goFor.length > 0 ? [`Go as new as ${join(place.root, "lab/toolchain")}/*/go.mod says (https://go.dev/dl) with a way to the modules`] : []),
    "or put the programs in exactly these versions on the PATH",
  ];
  return `${lost.length} programs could not be had:\n${lines.join("\n")}\nInstall ${remedies.join("; ")}`;
}
