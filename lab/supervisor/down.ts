import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { LabPlace } from "../place";
import { siteNetwork } from "../sites/network";
import { run } from "../sites/command";
import { releaseHolder } from "../sites/rootless";
import { startTimeOf } from "../sites/process-stat";
import { connectSupervisor } from "./client";
import { tableOf } from "./daemon";
import { send } from "./process";
import { readRecords } from "./record";
import type { ServiceState } from "./service";
import { checkOwner, inState } from "./state-folder";
import type { Strays } from "./strays";
import { findStrays } from "./strays";

export interface DownReport {
  /** Services that were stopped in an orderly way. */
  readonly services: readonly string[];
  /** Processes that had to be killed: pods of the node agents, and what a crash left. */
  readonly killed: readonly string[];
  readonly namespaces: readonly string[];
  readonly mounts: readonly string[];
}

/** Milliseconds within which a supervisor stops its services; after that they are ended without it. */
const orderlyPatience = 120_000;

/**
 * Ends everything that belongs to the lab, in the reverse order of its start, whatever state it is in: with or without a
 * supervisor, frozen, half up, or down already. Files in the lab's folder stay, apart from sockets, locks and records.
 * @throws when the folder is another user's, or something is left in spite of all
 */
export async function downEverything(place: Pick<LabPlace, "lab" | "state">, say: (line: string) => void = () => undefined): Promise<DownReport> {
  const stateDir = resolve(place.state);
  await checkOwner(stateDir);
  const before = await findStrays(place.lab, stateDir);
  if (before.foreignOwner) say(`the lab named "${place.lab}" that runs on this machine belongs to ${before.foreignOwner} and is left alone`);
  // What a drill froze hears no orderly stop.
  for (const { pid } of before.processes) send(pid, "SIGCONT");

  const services = await stopServices(place.lab, stateDir, say);
  const killed = await killStrays(place.lab, stateDir);
  for (const point of (await findStrays(place.lab, stateDir)).mounts) await run(["umount", "--lazy", point]);
  if (!before.foreignOwner) await siteNetwork(place.lab, stateDir).down();
  await releaseHolder(stateDir);
  for (const path of [inState.socket(stateDir), inState.pid(stateDir), inState.lock(stateDir), inState.services(stateDir)]) await rm(path, { recursive: true, force: true });

  const left = await findStrays(place.lab, stateDir);
  const count = left.processes.length + left.namespaces.length + left.mounts.length;
  if (count > 0) throw new Error(`the lab "${place.lab}" could not be brought down whole: ${describe(left)}`);
  return { services: services.map((service) => service.name), killed, namespaces: before.namespaces, mounts: before.mounts };
}

/** By the supervisor if it can be asked, else in this process from the records. */
async function stopServices(lab: string, stateDir: string, say: (line: string) => void): Promise<readonly ServiceState[]> {
  const supervisor = await connectSupervisor(stateDir).catch(() => undefined);
  if (supervisor) {
    const services = await supervisor.list();
    const stopped = await within(orderlyPatience, supervisor.stopAll());
    if (stopped) {
      await supervisor.shutdown();
      await untilGone(supervisor.pid);
      return services;
    }
    say(`the supervisor (pid ${supervisor.pid}) does not stop its services: ends it and them`);
  }
  await killSupervisor(stateDir);
  if ((await readRecords(stateDir)).length === 0) return [];
  const { table, endProbers } = tableOf({ lab, stateDir, say });
  await table.adopt();
  const services = await table.list();
  await table.stopAll();
  endProbers();
  return services;
}

async function killSupervisor(stateDir: string): Promise<void> {
  const { processes } = await findStrays("none", stateDir);
  for (const { pid } of processes.filter(({ command }) => command.includes(" supervisor --lab "))) {
    send(pid, "SIGKILL");
    await untilGone(pid);
  }
}

/** Repeats, because a process that is being started is not seen until it is there. */
async function killStrays(lab: string, stateDir: string): Promise<string[]> {
  const killed = new Map<number, string>();
  for (let round = 0; round < 100; round++) {
    const { processes } = await findStrays(lab, stateDir);
    if (processes.length === 0) break;
    for (const { pid, command } of processes) {
      killed.set(pid, `${pid} ${command}`);
      send(pid, "SIGKILL");
    }
    await new Promise((settle) => setTimeout(settle, 50));
  }
  return [...killed.values()];
}

async function untilGone(pid: number): Promise<void> {
  for (let i = 0; i < 200 && (await startTimeOf(pid)) !== undefined; i++) await new Promise((settle) => setTimeout(settle, 25));
}

async function within(milliseconds: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((settle) => (timer = setTimeout(() => settle(false), milliseconds)));
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

function describe(left: Strays): string {
  return [
    ...left.processes.map(({ pid, command }) => `process ${pid} (${command})`),
    ...left.namespaces.map((name) => `namespace ${name}`),
    ...left.mounts.map((point) => `mount ${point}`),
  ].join(", ");
}
