import { spawn } from "node:child_process";
import { processStat, startTimeOf } from "../sites/process-stat";
import { openLog } from "./log-file";
import { markerName, markerOf } from "./marker";
import type { ServiceSpec } from "./service";

/** Environment of every process of the lab; a service's own variables are laid over it. */
export const baseEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
};

/** How often the end of a process that is not our child is looked for, in milliseconds. */
const pollEvery = 250;

/** One run of a service: a child of ours, or a process taken over from a supervisor that died. */
export interface RunningProcess {
  readonly pid: number;
  readonly startTime: string;
  /** Settles with how it ended, for people. Never rejects. */
  readonly ended: Promise<string>;
}

/**
 * Starts a service in a session of its own and with its log as output, so that it outlives the supervisor.
 * @param enter prefix that runs a command inside the service's site
 * @throws when it cannot be started
 */
export async function startProcess(stateDir: string, spec: ServiceSpec, enter: readonly string[]): Promise<RunningProcess> {
  const [program = "", ...args] = [...enter, ...spec.argv];
  const log = await openLog(stateDir, spec.name);
  try {
    await log.write(`--- ${new Date().toISOString()} chainstead starts ${spec.name}\n`);
    const child = spawn(program, args, {
      cwd: spec.cwd ?? stateDir,
      env: { ...baseEnvironment, ...spec.env, [markerName]: markerOf(stateDir, spec.name) },
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    const ended = new Promise<string>((resolve) => child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`)));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new Error(`service ${spec.name}: ${program} cannot be started: ${error.message}`)));
    });
    const pid = child.pid ?? 0;
    // The supervisor may leave while its services go on.
    child.unref();
    return { pid, startTime: (await processStat(pid))?.startTime ?? "", ended };
  } finally {
    await log.close();
  }
}

/** Takes over a process that another supervisor started; undefined when it has ended (another may have its pid by now). */
export async function adoptProcess(pid: number, startTime: string): Promise<RunningProcess | undefined> {
  if ((await startTimeOf(pid)) !== startTime) return undefined;
  const ended = (async (): Promise<string> => {
    while ((await startTimeOf(pid)) === startTime) await new Promise((resolve) => setTimeout(resolve, pollEvery).unref());
    return "ended (its exit code went to an earlier supervisor)";
  })();
  return { pid, startTime, ended };
}

/**
 * Ends a process in an orderly way, and what it left in its process group for good.
 * @param seconds until SIGKILL
 */
export async function endProcess(running: RunningProcess, signal: NodeJS.Signals, seconds: number): Promise<void> {
  send(running.pid, signal);
  // A stopped process hears nothing but SIGKILL until it goes on.
  send(running.pid, "SIGCONT");
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), seconds * 1000)));
  const outcome = await Promise.race([running.ended, patience]);
  clearTimeout(timer);
  send(-running.pid, "SIGKILL");
  if (outcome !== "late") return;
  // Watching a process keeps nobody alive, and whoever ends one must see it gone.
  const awake = setInterval(() => undefined, 1000);
  await running.ended;
  clearInterval(awake);
}

/** Sends a signal; a process that is gone is as good as signalled. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
