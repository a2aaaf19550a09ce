import { readFile, readdir, rmdir } from "node:fs/promises";
import { run } from "./command";
import { netnsFolder } from "./names";

/**
 * `ip netns add` mounts its folder onto itself and leaves that mount behind. With the last namespace on the machine it
 * serves nobody, so it goes too.
 */
export async function removeMountPoint(): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const left = await readdir(netnsFolder).catch(() => undefined);
  if (left === undefined || left.length > 0) return;
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  const layers = mounts.split("\n").filter((line) => line.split(" ")[4] === netnsFolder).length;
  for (let i = 0; i < layers; i++) await run(["umount", netnsFolder]);
  await rmdir(netnsFolder).catch(() => undefined);
}
