import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StateError, type StateLocation } from "./state-file";

interface Holder {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot, so that a reused process id is not mistaken for the holder. */
  readonly startTime: string;
  readonly host: string;
  readonly since: string;
}

/**
 * One run per stack and state folder. The lock is a file that appears whole (by hard link) and says who holds it; the lock of a process that
 * is gone is taken over.
 * @throws StateError naming the holder.
 * @returns a function that gives the lock back.
 */
export function lockState({ stateDir, stack }: StateLocation): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, `${stack}.lock`);
  const mine = `${path}.${process.pid}`;
  const holder: Holder = { pid: process.pid, startTime: startTime(process.pid) ?? "0", host: hostname(), since: new Date().toISOString() };
  writeFileSync(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const found = readHolder(path);
      if (found && isAlive(found)) {
        throw new StateError(`Stack ${stack} is being changed by process ${found.pid} since ${found.since} (lock ${path}). Wait for it, or stop that process.`);
      }
      takeAway(path, found);
    }
    throw new StateError(`The lock ${path} changes hands all the time; another run of ${stack} was faster. Try again.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moves a dead holder's lock aside; puts it back when another run was faster and the lock is a living one's by now. */
function takeAway(path: string, expected: Holder | undefined): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const taken = readHolder(aside);
  if (taken && (taken.pid !== expected?.pid || taken.since !== expected.since)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  return holder.host !== hostname() || startTime(holder.pid) === holder.startTime;
}

/** Field 22 of /proc/<pid>/stat; the second field may hold blanks and parentheses, so count from its end (proc(5)). */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
