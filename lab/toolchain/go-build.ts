import { access, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { gibibytes, missingSpace } from "./disk";
import { execute, tail } from "./execute";
import type { Catalogue, GoModuleName, Outcome, Source, SourceContext, ToolchainPlace } from "./program";
import { Store, moduleFolder } from "./store";

const buildRoom = (place: ToolchainPlace): string => join(place.cache, "go-build");

/** Built from modules that are pinned with their sums; programs of one module are built together. */
export function goBuild<Name extends string>(): Source<Name> {
  return {
    name: "Go build",
    async provide(names, catalogue, context) {
      const outcomes: Partial<Record<Name, Outcome>> = {};
      const modules = new Map<GoModuleName, Name[]>();
      for (const name of names) {
        const go = catalogue.programs[name].go;
        if (go) modules.set(go.module, [...(modules.get(go.module) ?? []), name]);
        else outcomes[name] = { reason: "it is not built here" };
      }
      for (const [module, programs] of modules) {
        const built = await buildModule(module, programs, catalogue, context);
        for (const name of programs) outcomes[name] = typeof built === "string" ? { reason: built } : { path: built.get(name) ?? "" };
      }
      return outcomes;
    },
  };
}

/** Bytes of disk that building these programs takes at its height: build caches are dropped one by one, downloaded modules are kept. */
export function diskFor<Name extends string>(names: readonly Name[], catalogue: Catalogue<Name>): number {
  const modules = new Set(names.map((name) => catalogue.programs[name].go?.module).filter((module) => module !== undefined));
  return Math.max(0, ...[...modules].map((module) => catalogue.goModules[module]?.disk ?? 0));
}

async function buildModule<Name extends string>(module: GoModuleName, names: readonly Name[], catalogue: Catalogue<Name>, context: SourceContext): Promise<ReadonlyMap<Name, string> | string> {
  const { place } = context;
  const settings = catalogue.goModules[module];
  const folder = moduleFolder(place, module);
  if (!settings) return `the catalogue has no Go module ${module}`;
  const unable = await goProblem(folder, place);
  if (unable !== undefined) return unable;
  const cache = join(buildRoom(place), module);
  const out = join(buildRoom(place), `${module}-out`);
  const short = await missingSpace([{ folder: cache, bytes: settings.disk, what: `building ${module}` }]);
  if (short.length > 0) return `the build ${short.join("; ")}`;

  return context.during(`building with Go (up to ${gibibytes(settings.disk)} of disk for the time of it)`, names, async (detail) => {
    await mkdir(out, { recursive: true });
    let compiled = 0;
    const line = (text: string): void => detail(text.startsWith("go: downloading") ? text.slice(4) : `${++compiled} packages compiled`);
    const variables = { GOCACHE: cache, GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" };
    const ldflags = ["-s", "-w", ...settings.ldflags].join(" ");
    const packages = names.map((name) => catalogue.programs[name].go?.package ?? "");
    // Nice: the machine is somebody's, and a build takes minutes.
    const argv = ["nice", "-n", "10", "go", "build", "-v", "-trimpath", "-buildvcs=false", `-ldflags=${ldflags}`, "-o", `${out}/`, ...packages];
    const { code, output } = await execute(place, argv, { cwd: folder, variables, line });
    place.signal?.throwIfAborted();
    // The build cache stays: the next run goes on where this one ended.
    if (code !== 0) return `go build in ${folder} failed: ${tail(output)}`;
    const store = new Store(place);
    const paths = new Map<Name, string>();
    for (const name of names) paths.set(name, await store.keep(name, catalogue.programs[name], join(out, name)));
    await rm(cache, { recursive: true, force: true });
    await rm(out, { recursive: true, force: true });
    return paths;
  });
}

/** Asked in the module's folder, where Go also says whether it is new enough for it. Undefined when it is. */
async function goProblem(folder: string, place: ToolchainPlace): Promise<string | undefined> {
  const there = await access(join(folder, "go.sum")).then(
    () => true,
    () => false,
  );
  if (!there) return `${folder} has no go.sum: the checkout is incomplete`;
  const version = await execute(place, ["go", "version"], { cwd: folder });
  if (version.code === undefined) return "Go is not installed (https://go.dev/dl, the version that go.mod names or newer)";
  const module = await execute(place, ["go", "list", "-m"], { cwd: folder, variables: { GOFLAGS: "-mod=readonly", GOWORK: "off" } });
  if (module.code === 0) return undefined;
  return `${version.output.trim()} is not enough: ${tail(module.output, 2)}`;
}
