import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { downloadFile, downloadText, sumFor } from "./download";
import { execute, tail } from "./execute";
import type { Outcome, Program, Source, SourceContext, VendorRelease } from "./program";
import { platform } from "./program";
import { Reachability } from "./reachable";
import { Store } from "./store";
import { versionOf } from "./version";

/** The vendor's own release, taken only when its SHA-256 sum is the published one. */
export function vendorRelease<Name extends string>(): Source<Name> {
  const reachability = new Reachability();
  return {
    name: "vendor release",
    async provide(names, catalogue, context) {
      const outcomes: Partial<Record<Name, Outcome>> = {};
      for (const name of names) {
        const program = catalogue.programs[name];
        const release = program.vendor;
        const away = release && (await reachability.ask(release.url));
        outcomes[name] = !release ? { reason: "none is published" } : away !== undefined ? { reason: away } : await fetchRelease(name, program, release, context);
      }
      return outcomes;
    },
  };
}

async function fetchRelease(name: string, program: Program, release: VendorRelease, context: SourceContext): Promise<Outcome> {
  const { place } = context;
  const filled = (text: string): string => fill(text, program.version);
  await mkdir(place.cache, { recursive: true });
  const folder = await mkdtemp(join(place.cache, "download-"));
  try {
    return await context.during(`downloading the vendor's release ${program.version}`, [name], async (detail) => {
      const url = filled(release.url);
      const expected = sumFor(basename(url), await downloadText(filled(release.sums), place.signal));
      if (expected === undefined) return { reason: `${filled(release.sums)} has no SHA-256 sum of ${basename(url)}` };
      const file = join(folder, basename(url));
      const sum = await downloadFile(url, file, detail, place.signal);
      if (sum !== expected) return { reason: `${url} has the SHA-256 sum ${sum}, published is ${expected}: it was thrown away` };
      const unpacked = release.member === undefined ? file : join(folder, filled(release.member));
      if (release.member !== undefined) {
        const archive = await execute(place, url.endsWith(".zip") ? ["unzip", "-q", "-o", file, "-d", folder] : ["tar", "-xzf", file, "-C", folder]);
        if (archive.code !== 0) return { reason: `${basename(url)} cannot be unpacked: ${tail(archive.output, 2)}` };
      }
      const path = await new Store(place).keep(name, program, unpacked);
      const version = await versionOf(path, program, place);
      if (version === program.version) return { path };
      await rm(join(path, ".."), { recursive: true, force: true });
      return { reason: `what ${url} holds says it is version ${version ?? "unknown"}` };
    });
  } catch (error) {
    place.signal?.throwIfAborted();
    return { reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function fill(text: string, version: string): string {
  const { os, arch } = platform();
  return text.replaceAll("{version}", version).replaceAll("{os}", os).replaceAll("{arch}", arch);
}
