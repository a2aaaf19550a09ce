import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "./bring-up/steps";
import type { LabPlace } from "./place";
import type { DownReport } from "./supervisor";
import { downEverything } from "./supervisor";
import { installedPackages } from "./toolchain";

/** What stays in the lab's folder: logs tell what went wrong after the lab is gone. */
const kept = new Set(["logs"]);

/**
 * Stops everything that `up` started and nothing else, and removes the lab's data: the next `up` begins with a new chain.
 * Works without a supervisor, after a crash, and when nothing is left to do.
 *
 * @throws when the folder is another user's, or something could not be ended
 */
export async function down(place: Pick<LabPlace, "lab" | "state" | "cache">, report: Report): Promise<DownReport> {
  const ended = await downEverything(place, report);
  const removed = removeData(place.state);
  const count = (things: readonly string[], noun: string): string => `${things.length} ${noun}${things.length === 1 ? "" : "s"}`;
  if (ended.services.length + ended.killed.length + ended.namespaces.length + removed === 0) report(`nothing of the lab "${place.lab}" was there`);
  else report(`the lab "${place.lab}" is down: ${count(ended.services, "service")}, ${`${ended.killed.length} other processes`}, ${count(ended.namespaces, "namespace")}`);
  const packages = await installedPackages(place.cache);
  if (packages.length > 0) report(`Debian packages that the lab installed stay, and serve the next one: ${packages.join(", ")} (apt-get remove takes them away)`);
  if (existsSync(join(place.state, "logs"))) report(`logs stay in ${join(place.state, "logs")}`);
  return ended;
}

/** @returns how many entries of the folder were removed */
function removeData(state: string): number {
  if (!existsSync(state)) return 0;
  const entries = readdirSync(state).filter((name) => !kept.has(name));
  for (const name of entries) rmSync(join(state, name), { recursive: true, force: true });
  return entries.length;
}
