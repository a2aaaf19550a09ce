import { spawn } from "node:child_process";
import { readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTimeOf } from "./process-stat";

/**
 * Without root the lab lives in a user, a network and a mount namespace of its own, held open by a sleeping process;
 * inside, the user is root over these and over nothing else. /run is a folder of its own there, so that `ip netns` works.
 */
const holderScript = "mount -t tmpfs -o mode=755 tmpfs /run && echo ready && exec sleep infinity >/dev/null 2>&1";

interface Holder {
  readonly pid: number;
  readonly startTime: string;
  /** `user:[<inode>]`, which every process inside shares: it outlives the holder as long as one of them runs. */
  readonly userNamespace: string;
}

/** Root over the whole machine, and not only over a user namespace: may packages be installed, are other users' ids there? */
export async function isRealRoot(): Promise<boolean> {
  if (process.geteuid?.() !== 0) return false;
  const mapped = (await readFile("/proc/self/uid_map", "utf8")).trim().split(/\s+/).map(Number);
  return (mapped[2] ?? 0) > 65535;
}

/**
 * What an ordinary user has to put before a command so that it may make namespaces: undefined when already root.
 * The first call starts the holder; it ends with `releaseHolder`. There is no way out to the internet from inside, so
 * fetch the programs first.
 * @throws when neither root nor user namespaces are to be had
 */
export async function enterPrivileged(stateDir: string): Promise<string[] | undefined> {
  if (process.geteuid?.() === 0) return undefined;
  const holder = (await livingHolder(stateDir)) ?? (await startHolder(stateDir));
  return ["nsenter", "--preserve-credentials", "--user", "--net", "--mount", `--target=${holder.pid}`, `--wd=${process.cwd()}`, "--"];
}

/** Ends the holder; its namespaces go with the last process in them. No error when there is none. */
export async function releaseHolder(stateDir: string): Promise<void> {
  const holder = await livingHolder(stateDir);
  if (holder) process.kill(holder.pid, "SIGKILL");
  await rm(fileOf(stateDir), { force: true });
}

/** Processes inside a lab's user namespace, the holder excluded; none when the lab is root's. */
export async function processesOfHolder(stateDir: string): Promise<number[]> {
  const holder = await recordedHolder(stateDir);
  if (holder === undefined) return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(pids.map(async (pid) => (await readlink(`/proc/${pid}/ns/user`).catch(() => "")) === holder.userNamespace));
  return pids.filter((pid, i) => inside[i] && pid !== holder.pid);
}

function fileOf(stateDir: string): string {
  return join(stateDir, "namespace-holder.json");
}

async function recordedHolder(stateDir: string): Promise<Holder | undefined> {
  const text = await readFile(fileOf(stateDir), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Holder);
}

async function livingHolder(stateDir: string): Promise<Holder | undefined> {
  const holder = await recordedHolder(stateDir);
  return holder && (await startTimeOf(holder.pid)) === holder.startTime ? holder : undefined;
}

async function startHolder(stateDir: string): Promise<Holder> {
  const child = spawn("unshare", ["--user", "--map-root-user", "--net", "--mount", "--propagation=private", "sh", "-c", holderScript], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ready = await new Promise<boolean>((resolve) => {
    child.stdout.once("data", () => resolve(true));
    child.once("error", (error) => {
      said += error.message;
      resolve(false);
    });
    child.once("close", () => resolve(false));
  });
  const startTime = child.pid === undefined ? undefined : await startTimeOf(child.pid);
  if (!ready || child.pid === undefined || startTime === undefined) {
    throw new Error(
      `the lab needs its own network namespaces: run as root, or allow unprivileged user namespaces ` +
        `(sysctl kernel.unprivileged_userns_clone=1; on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0). \`unshare\` said: ${said.trim() || "nothing"}`,
    );
  }
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  const holder = { pid: child.pid, startTime, userNamespace: await readlink(`/proc/${child.pid}/ns/user`) };
  await writeFile(fileOf(stateDir), JSON.stringify(holder), { mode: 0o600 });
  return holder;
}
