import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import type { LabPlace } from "../place";
import { openLog, tailOf } from "./log-file";
import { markerName, markerOf } from "./marker";
import { baseEnvironment } from "./process";
import type { ServiceState, Supervisor } from "./service";
import { NoSupervisorError, call } from "./socket";
import { inState, prepareStateFolder } from "./state-folder";
import { supervisorService } from "./table";

/** A lab's supervisor, as seen from a command. */
export interface LabSupervisor extends Supervisor {
  readonly pid: number;
  /** Stops every service, the one started last first. */
  stopAll(): Promise<void>;
  /** Ends the supervisor. Services that were not stopped go on. */
  shutdown(): Promise<void>;
}

/** Exit code of flock(1) when the lock is taken. */
const taken = 75;
const helloPatience = 3000;

/** @throws NoSupervisorError when none runs for this folder */
export async function connectSupervisor(stateDir: string): Promise<LabSupervisor> {
  const folder = resolve(stateDir);
  const { pid } = (await call(folder, { method: "hello" }, helloPatience)) as { pid: number };
  const ask = async (method: "ensure" | "remove" | "stopAll" | "shutdown", argument?: unknown): Promise<void> => void (await call(folder, { method, argument }));
  return {
    pid,
    ensure: (spec) => ask("ensure", spec),
    remove: (name) => ask("remove", name),
    list: async () => (await call(folder, { method: "list" })) as readonly ServiceState[],
    stopAll: () => ask("stopAll"),
    shutdown: () => ask("shutdown"),
  };
}

/**
 * Starts the supervisor of a lab, or finds the one that runs. It goes on when the command that started it ends.
 * @param labProgram runs `lab/main.ts`. @default node and `<root>/bin/lab.js`
 * @throws when the folder is another user's, or the supervisor does not come up, with the end of its log
 */
export async function startSupervisor(place: LabPlace, labProgram: readonly string[] = [process.execPath, join(place.root, "bin/lab.js")]): Promise<LabSupervisor> {
  const stateDir = resolve(place.state);
  await prepareStateFolder(stateDir);
  const present = await connectSupervisor(stateDir).catch(absent);
  if (present) return present;

  const log = await openLog(stateDir, supervisorService);
  // The kernel lets go of the lock with the process that holds it, however that ends: never two supervisors, never a stale lock.
  const child = spawn("flock", ["--nonblock", `--conflict-exit-code=${taken}`, "--no-fork", inState.lock(stateDir), ...labProgram, "supervisor", "--lab", place.lab, "--state", stateDir], {
    cwd: "/",
    env: { ...baseEnvironment, [markerName]: markerOf(stateDir, supervisorService) },
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended: number | string | undefined;
  child.once("exit", (code, signal) => (ended = code ?? signal ?? "unknown"));
  child.once("error", (error) => (ended = error.message));
  child.unref();
  await log.close();

  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    const up = await connectSupervisor(stateDir).catch(absent);
    if (up) return up;
    if (ended !== undefined && ended !== taken) break;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  const why = ended === taken ? `another one holds ${inState.lock(stateDir)} and does not answer` : ended === undefined ? "it does not answer after 20 s" : `it ended (${ended})`;
  throw new Error(`the lab's supervisor did not come up: ${why}. \`make down\` ends what is left. The end of its log:\n${await tailOf(stateDir, supervisorService)}`);
}

function absent(error: unknown): undefined {
  if (error instanceof NoSupervisorError) return undefined;
  throw error;
}
