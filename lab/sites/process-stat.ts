import { readFile } from "node:fs/promises";

export interface ProcessStat {
  /** One letter: R, S, D, T (stopped), Z (ended, not yet collected) ... */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot at which it started: with the pid it names one process for ever, since pids come again. */
  readonly startTime: string;
}

/** Reads /proc/<pid>/stat; undefined when there is no such process. Source: proc_pid_stat(5). */
export async function processStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent = "0", , session = "0"] = fields;
  return { state, parent: Number(parent), session: Number(session), startTime: fields[19] ?? "" };
}

/** Start time of a living process; undefined when it has ended, collected by its parent or not. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const found = await processStat(pid);
  return found === undefined || found.state === "Z" || found.state === "X" ? undefined : found.startTime;
}
