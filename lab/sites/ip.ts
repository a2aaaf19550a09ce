import { readdir, stat } from "node:fs/promises";
import { netnsFolder } from "./names";
import { CommandError, run } from "./command";

/** What we need of one line of `ip -json -details address`. */
export interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** An ordinary user sees root's namespaces and can do nothing with them; its own are only seen from inside, as root there. */
function powerless(): boolean {
  return process.geteuid?.() !== 0;
}

/** Names of all network namespaces on the machine that we could enter. */
export async function namespaces(): Promise<string[]> {
  if (powerless()) return [];
  try {
    return (await readdir(netnsFolder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** A name is left behind as an empty file when making the namespace was interrupted; it cannot be entered. */
export async function usable(netns: string): Promise<boolean> {
  if (powerless()) return false;
  const [name, folder] = await Promise.all([stat(`${netnsFolder}/${netns}`).catch(() => undefined), stat(netnsFolder).catch(() => undefined)]);
  return name !== undefined && folder !== undefined && name.dev !== folder.dev;
}

export async function addNamespace(netns: string): Promise<void> {
  if (await usable(netns)) return;
  await removeNamespace(netns);
  await run(["ip", "netns", "add", netns]);
}

export async function removeNamespace(netns: string): Promise<void> {
  if (!(await namespaces()).includes(netns)) return;
  await run(["ip", "netns", "delete", netns]).catch(async (error: unknown) => {
    if ((await namespaces()).includes(netns)) throw error;
  });
}

export async function links(netns: string): Promise<readonly Link[]> {
  return JSON.parse((await run(["ip", "-netns", netns, "-json", "address", "show"])) || "[]") as Link[];
}

/** The text that an interface carries for people (up to 255 characters); undefined without interface, namespace or text. */
export async function aliasOf(netns: string, link: string): Promise<string | undefined> {
  if (!(await usable(netns))) return undefined;
  const [found] = JSON.parse((await run(["ip", "-netns", netns, "-json", "link", "show", "dev", link]).catch(() => "[]")) || "[]") as { ifalias?: string }[];
  return found?.ifalias;
}

/** Runs several `ip` commands in one namespace with one process; stops at the first that fails. */
export async function batch(netns: string, commands: readonly string[]): Promise<void> {
  if (commands.length > 0) await run(["ip", "-netns", netns, "-batch", "-"], `${commands.join("\n")}\n`);
}

/**
 * Adds a link; `words` begin with its name. A link whose other end lay in a namespace that was deleted just now goes away a moment later, so the name
 * may be taken for a little longer: tries for up to 2 s.
 */
export async function addLink(netns: string, ...words: string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await run(["ip", "-netns", netns, "link", "add", "name", ...words]);
      return;
    } catch (error) {
      if (!(error instanceof CommandError) || !error.stderr.includes("File exists") || attempt >= 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
