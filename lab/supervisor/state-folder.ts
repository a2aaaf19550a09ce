import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where things lie in a lab's folder. */
export const inState = {
  pid: (stateDir: string): string => join(stateDir, "supervisor.pid"),
  lock: (stateDir: string): string => join(stateDir, "supervisor.lock"),
  socket: (stateDir: string): string => join(stateDir, "supervisor.sock"),
  services: (stateDir: string): string => join(stateDir, "services"),
  logs: (stateDir: string): string => join(stateDir, "logs"),
  log: (stateDir: string, service: string): string => join(stateDir, "logs", `${service}.log`),
} as const;

/**
 * Makes the lab's folder, for its owner alone: it holds throw-away keys and tokens.
 * @throws when it belongs to another user
 */
export async function prepareStateFolder(stateDir: string): Promise<void> {
  await mkdir(dirname(stateDir), { recursive: true });
  await mkdir(stateDir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await checkOwner(stateDir);
  await chmod(stateDir, 0o700);
  await mkdir(inState.services(stateDir), { recursive: true, mode: 0o700 });
  await mkdir(inState.logs(stateDir), { recursive: true, mode: 0o700 });
}

/** @throws when the folder is there and belongs to another user */
export async function checkOwner(stateDir: string): Promise<void> {
  const found = await stat(stateDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const me = process.geteuid?.();
  if (found === undefined || found.uid === me) return;
  throw new Error(`the lab in ${stateDir} belongs to the user with uid ${found.uid}, and you are uid ${me}: use a checkout of your own, or a lab of your own with CHAINSTEAD_LAB=<name>`);
}
