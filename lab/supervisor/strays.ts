import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { processesOf } from "../sites/freeze";
import { namespaces } from "../sites/ip";
import { processesOfHolder } from "../sites/rootless";
import { processStat } from "../sites/process-stat";
import { ownerOf } from "../sites/wiring";
import { argumentsOf, markedProcesses } from "./marker";

export interface StrayProcess {
  readonly pid: number;
  readonly command: string;
}

/** What is on the machine because of a lab. All empty after `down`. */
export interface Strays {
  /** In one of its network namespaces, or marked as descending from one of its services; ourselves and our ancestors excluded. */
  readonly processes: readonly StrayProcess[];
  readonly namespaces: readonly string[];
  /** Mount points below its folder, innermost first. */
  readonly mounts: readonly string[];
  /** The folder of another checkout that owns the lab's name; its namespaces and processes are not ours. */
  readonly foreignOwner?: string;
}

/** Looks for everything that a lab has left, whoever started it and whether or not a supervisor lives. */
export async function findStrays(lab: string, stateDir: string): Promise<Strays> {
  const folder = resolve(stateDir);
  const owner = await ownerOf(lab);
  const foreignOwner = owner === undefined || owner === folder.slice(0, 255) ? undefined : owner;
  const ours = foreignOwner === undefined ? (await namespaces()).filter((name) => name.startsWith(`cs-${lab}-`)) : [];
  const marked = (await markedProcesses(folder)).map((process) => process.pid);
  const excluded = await selfAndAncestors();
  const pids = [...new Set([...(await processesOf(ours)), ...(await processesOfHolder(folder)), ...marked])].filter((pid) => !excluded.has(pid)).sort((x, y) => x - y);
  const processes = await Promise.all(pids.map(async (pid) => ({ pid, command: (await argumentsOf(pid)).join(" ").slice(0, 200) })));
  return { processes, namespaces: ours, mounts: await mountsBelow(folder), foreignOwner };
}

async function selfAndAncestors(): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  for (let pid = process.pid; pid > 0 && !pids.has(pid); pid = (await processStat(pid))?.parent ?? 0) pids.add(pid);
  return pids;
}

async function mountsBelow(folder: string): Promise<string[]> {
  const text = await readFile("/proc/self/mountinfo", "utf8");
  return text
    .split("\n")
    .map((line) => unescape(line.split(" ")[4] ?? ""))
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
}

/** mountinfo writes blanks and backslashes as octal numbers, proc_pid_mountinfo(5). */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
