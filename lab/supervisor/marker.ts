import { readFile, readdir } from "node:fs/promises";

/** Environment variable that every service carries and hands on to its children: `<state folder>:<service>`. */
export const markerName = "CHAINSTEAD_SERVICE";

export function markerOf(stateDir: string, service: string): string {
  return `${stateDir}:${service}`;
}

/** Living processes that carry the marker of this lab, with the service they descend from. */
export async function markedProcesses(stateDir: string): Promise<readonly { readonly pid: number; readonly service: string }[]> {
  const prefix = `${markerName}=${stateDir}:`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      const entry = environment.split("\0").find((line) => line.startsWith(prefix));
      return entry === undefined ? undefined : { pid: Number(pid), service: entry.slice(prefix.length) };
    }),
  );
  return found.filter((entry) => entry !== undefined);
}

/** Program and arguments of a process; empty when it has ended. */
export async function argumentsOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
