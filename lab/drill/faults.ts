import { readFile } from "node:fs/promises";

import { freezeSite, podNetns, processesOf, thawSite, type SiteNetwork } from "../sites";
import type { RegionName } from "../layout";
import type { ServiceState } from "../supervisor/service";

/** A fault in force. `end` is idempotent and always called, also after an interrupt. */
export interface Fault {
  end(): Promise<void>;
}

export interface FaultContext {
  readonly lab: string;
  readonly network: SiteNetwork;
  services(): Promise<readonly ServiceState[]>;
}

const nothingToEnd: Fault = { end: () => Promise.resolve() };

/** The whole site loses its cable and stops where it stands, pods and servers alike. */
export async function loseRegion(context: FaultContext, region: RegionName): Promise<Fault> {
  const end = async (): Promise<void> => {
    await thawSite(context.network, context.lab, region);
    await context.network.heal(region);
  };
  try {
    await context.network.cut(region);
    await freezeSite(context.network, context.lab, region);
  } catch (error) {
    await end();
    throw error;
  }
  return { end };
}

/** The site loses its cable; what runs inside goes on and reaches each other. */
export async function cutRegion(context: FaultContext, region: RegionName): Promise<Fault> {
  await context.network.cut(region);
  return { end: () => context.network.heal(region) };
}

/** Kills every gate process of the region with SIGKILL; the node agent restarts them. @throws when there is none */
export async function killGates(context: FaultContext, region: RegionName): Promise<Fault> {
  const pods = (await context.network.list()).find((site) => site.site === region)?.pods ?? [];
  const inPods = await processesOf(pods.map((id) => podNetns(context.lab, id)));
  const gates = (await Promise.all(inPods.map(async (pid) => ({ pid, argv: await argvOf(pid) })))).filter(({ argv }) => isGate(argv));
  if (gates.length === 0) throw new Error(`no gate process runs in region ${region}`);
  for (const { pid } of gates) signal(pid, "SIGKILL");
  return nothingToEnd;
}

/** Stops so many Consul servers where they stand that no majority is left. */
export async function loseQuorum(context: FaultContext): Promise<Fault> {
  const servers = (await context.services()).filter((s) => s.name.startsWith("consul-") && s.pid !== undefined);
  const stopped = servers.slice(0, Math.floor(servers.length / 2) + 1);
  if (stopped.length < 2) throw new Error(`only ${servers.length} Consul servers run: there is no quorum to lose`);
  const each = (name: NodeJS.Signals): void => stopped.forEach((s) => s.pid !== undefined && signal(s.pid, name));
  each("SIGSTOP");
  return { end: () => Promise.resolve(each("SIGCONT")) };
}

/** Command line of a process; empty when it is gone. */
async function argvOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0").filter((part) => part !== "");
}

/** A Node process that runs the agents' bundle with the command `gate`; not the shell or launcher around it. */
export function isGate(argv: readonly string[]): boolean {
  const bundle = argv.findIndex((part) => /(^|\/)(agents\.js|chainstead-agents)$/.test(part));
  return bundle >= 0 && bundle <= 2 && argv[bundle + 1] === "gate";
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
