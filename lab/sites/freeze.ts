import { readdir, readlink, stat } from "node:fs/promises";
import type { SiteName } from "../layout";
import { netnsFolder, podNetns, siteNetns } from "./names";
import type { SiteNetwork } from "./network";
import { processStat } from "./process-stat";

export interface Frozen {
  readonly pids: readonly number[];
  /** Rounds until no new process was found: processes that were just being started are caught by a later one. */
  readonly rounds: number;
}

/** Pids whose network namespace is one of those named, our own excluded. */
export async function processesOf(netns: readonly string[]): Promise<number[]> {
  const inodes = new Set<string>();
  for (const name of netns) {
    const found = await stat(`${netnsFolder}/${name}`).catch(() => undefined);
    if (found) inodes.add(`net:[${found.ino}]`);
  }
  if (inodes.size === 0) return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(pids.map(async (pid) => inodes.has(await readlink(`/proc/${pid}/ns/net`).catch(() => ""))));
  return pids.filter((pid, i) => inside[i] && pid !== process.pid);
}

/**
 * Stops every process of the site and its pods where it stands, as if the machines had lost power but not their memory.
 * Repeats until a round finds nothing that still runs.
 */
export async function freezeSite(network: SiteNetwork, lab: string, site: SiteName): Promise<Frozen> {
  const frozen = new Set<number>();
  for (let rounds = 1; ; rounds++) {
    let running = 0;
    for (const pid of await processesOf(await netnsOf(network, lab, site))) {
      if (await isStopped(pid)) continue;
      running += 1;
      if (send(pid, "SIGSTOP")) frozen.add(pid);
    }
    if (running === 0) return { pids: [...frozen], rounds };
    if (rounds >= 50) throw new Error(`site ${site} cannot be frozen: ${running} of its processes still run after ${rounds} rounds of SIGSTOP`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Lets every process of the site and its pods go on. */
export async function thawSite(network: SiteNetwork, lab: string, site: SiteName): Promise<readonly number[]> {
  const pids = await processesOf(await netnsOf(network, lab, site));
  return pids.filter((pid) => send(pid, "SIGCONT"));
}

async function netnsOf(network: SiteNetwork, lab: string, site: SiteName): Promise<string[]> {
  const pods = (await network.list()).find((state) => state.site === site)?.pods ?? [];
  return [siteNetns(lab, site), ...pods.map((id) => podNetns(lab, id))];
}

/** Stopped, or already ended. */
async function isStopped(pid: number): Promise<boolean> {
  const found = await processStat(pid);
  return found === undefined || ["T", "t", "Z", "X"].includes(found.state);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
