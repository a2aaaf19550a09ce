import { startTimeOf } from "../sites/process-stat";
import type { ProcessId } from "./record";

/** Reads a line of /proc/<pid>/stat that a process wrote about itself. @throws when it is not one */
export function parseStat(text: string): ProcessId {
  const pid = Number.parseInt(text, 10);
  // The name in parentheses may hold spaces and parentheses itself.
  const startTicks = text.slice(text.lastIndexOf(")") + 2).trim().split(" ")[19];
  if (!Number.isInteger(pid) || startTicks === undefined) throw new Error(`"${text.trim()}" is no line of /proc/<pid>/stat`);
  return { pid, startTicks };
}

/** Does this very process still run? A pid that was given to another one does not count. */
export async function isAlive({ pid, startTicks }: ProcessId): Promise<boolean> {
  return (await startTimeOf(pid)) === startTicks;
}

/** Signals the process if it is still the same one; returns whether it was. */
export async function signal(id: ProcessId, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(id))) return false;
  try {
    process.kill(id.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
