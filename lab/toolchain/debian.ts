import { access, appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRealRoot } from "../sites/rootless";
import { execute, tail } from "./execute";
import type { Catalogue, Outcome, Source, SourceContext, ToolchainPlace } from "./program";
import { versionOf } from "./version";

export interface DebianOptions {
  /** May packages be installed? @default root over the whole machine */
  readonly root?: () => Promise<boolean>;
  /** Debian's switch for starting services at installation (policy-rc.d). @default "/usr/sbin/policy-rc.d" */
  readonly startPolicy?: string;
}

/** 101 = action forbidden by policy. Source: invoke-rc.d(8). */
const forbidStarting = "#!/bin/sh\nexit 101\n";
const install = ["apt-get", "install", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"];
const quiet = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };

/** Packages that the toolchain has installed on this machine, for `make down` to list. */
export async function installedPackages(cache: string): Promise<string[]> {
  const text = await readFile(recordFile(cache), "utf8").catch(() => "");
  return [...new Set(text.split("\n").filter((line) => line !== ""))].sort();
}

function recordFile(cache: string): string {
  return join(cache, "debian-packages");
}

/** Debian's package, installed properly; its services are neither started now nor with the machine. */
export function debianPackage<Name extends string>(options: DebianOptions = {}): Source<Name> {
  const mayInstall = options.root ?? isRealRoot;
  return {
    name: "Debian package",
    async provide(names, catalogue, context) {
      const outcomes: Partial<Record<Name, Outcome>> = {};
      const unable = await reasonNot(mayInstall, context.place);
      const wanted = new Map<string, Name[]>();
      for (const name of names) {
        const debian = catalogue.programs[name].debian;
        if (!debian) outcomes[name] = { reason: "none has this version" };
        else if (unable !== undefined) outcomes[name] = { reason: unable };
        else wanted.set(debian.package, [...(wanted.get(debian.package) ?? []), name]);
      }
      for (const [pack, programs] of wanted) {
        const problem = await installPackage(pack, programs, catalogue, context, options.startPolicy ?? "/usr/sbin/policy-rc.d");
        for (const name of programs) outcomes[name] = problem === undefined ? await installed(name, catalogue, context.place) : { reason: problem };
      }
      return outcomes;
    },
  };
}

async function reasonNot(mayInstall: () => Promise<boolean>, place: ToolchainPlace): Promise<string | undefined> {
  if ((await execute(place, ["apt-get", "--version"])).code !== 0) return "there is no apt-get";
  return (await mayInstall()) ? undefined : "only root may install packages";
}

async function installed<Name extends string>(name: Name, catalogue: Catalogue<Name>, place: ToolchainPlace): Promise<Outcome> {
  const program = catalogue.programs[name];
  const path = program.debian?.path ?? "";
  const version = await versionOf(path, program, place);
  return version === program.version ? { path } : { reason: `${path} says it is version ${version ?? "unknown"}` };
}

/** Undefined when it is installed. */
async function installPackage<Name extends string>(pack: string, names: readonly Name[], catalogue: Catalogue<Name>, context: SourceContext, startPolicy: string): Promise<string | undefined> {
  const { place } = context;
  const wanted = catalogue.debianPackages[pack];
  if (!wanted) return `the catalogue has no Debian package ${pack}`;
  return context.during(`installing Debian's ${pack} ${wanted.version}`, names, async (detail) => {
    const line = (text: string): void => detail(text.slice(0, 60));
    let candidate = await candidateOf(pack, place);
    if (!fits(candidate, wanted.version)) {
      await execute(place, ["apt-get", "update"], { variables: quiet, line });
      candidate = await candidateOf(pack, place);
    }
    if (!fits(candidate, wanted.version)) return `apt has ${candidate ?? "no version of it"}, needed is ${wanted.version}`;
    const before = await packages(place);
    const allow = await forbidStart(startPolicy);
    try {
      const { code, output } = await execute(place, [...install, pack], { variables: quiet, line });
      if (code !== 0) return `apt-get install ${pack} failed: ${tail(output, 4)}`;
    } finally {
      await allow();
      await record(before, place);
    }
    // Without systemd there is nothing that would start them, and nothing to say so.
    for (const service of wanted.services) await execute(place, ["systemctl", "disable", "--now", service]);
    return undefined;
  });
}

async function candidateOf(pack: string, place: ToolchainPlace): Promise<string | undefined> {
  const { output } = await execute(place, ["apt-cache", "policy", pack], { variables: quiet });
  const version = /^\s*Candidate: (\S+)/m.exec(output)?.[1];
  return version === "(none)" ? undefined : version;
}

/** Debian's own part begins with a hyphen, `+` marks a repacked source: 2.42.0+ds-5+deb12u1. */
function fits(candidate: string | undefined, version: string): boolean {
  return candidate !== undefined && candidate.startsWith(version) && /^([-+~].*)?$/.test(candidate.slice(version.length));
}

async function packages(place: ToolchainPlace): Promise<ReadonlySet<string>> {
  const { output } = await execute(place, ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev} ${Package}\\n"]);
  return new Set(output.split("\n").filter((line) => line.startsWith("ii ")).map((line) => line.split(/\s+/)[1] ?? ""));
}

async function record(before: ReadonlySet<string>, place: ToolchainPlace): Promise<void> {
  const added = [...(await packages(place))].filter((name) => !before.has(name));
  await mkdir(place.cache, { recursive: true });
  if (added.length > 0) await appendFile(recordFile(place.cache), `${added.join("\n")}\n`);
}

/** Leaves a policy that is there alone. @returns what removes ours again */
async function forbidStart(path: string): Promise<() => Promise<void>> {
  const present = await access(path).then(
    () => true,
    () => false,
  );
  if (present) return () => Promise.resolve();
  await writeFile(path, forbidStarting, { mode: 0o755 });
  return () => rm(path, { force: true });
}
