import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Programs of the machine itself that the lab calls, and where Debian has them. */
const commands: Readonly<Record<string, string>> = { ip: "iproute2", nsenter: "util-linux", unshare: "util-linux", flock: "util-linux", setpriv: "util-linux", mount: "mount" };
/** Fixed, so that the lab finds the same programs whoever starts it. */
const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"];

/** Data of five Consul servers, two etcds and seven chain nodes for some hours, in bytes. */
const diskForData = 2 * 1024 ** 3;
const memoryNeeded = 3 * 1024 ** 3;

/** What the checks look at; tests give another machine. */
export interface Machine {
  readonly platform: string;
  readonly root: boolean;
  readonly userNamespaces: number;
  readonly missingCommands: readonly string[];
  readonly freeDisk: number;
  readonly memory: number;
  readonly bundles: readonly string[];
  /** The folder that this user may not write in, though the lab's state has to go there. */
  readonly closedFolder?: string;
}

/** Reads this machine. @param root the checkout @param state the lab's folder, whose parent exists */
export function thisMachine(root: string, state: string): Machine {
  const present = (name: string): boolean => folders.some((folder) => isExecutable(join(folder, name)));
  const home = [state, dirname(state), root].find((folder) => existsSync(folder)) ?? root;
  const disk = statfsSync(home);
  return {
    platform: process.platform,
    root: process.geteuid?.() === 0,
    userNamespaces: Number(readIfThere("/proc/sys/user/max_user_namespaces")),
    missingCommands: Object.keys(commands).filter((name) => !present(name)),
    freeDisk: disk.bavail * disk.bsize,
    memory: Number(/^MemTotal:\s+(\d+)/m.exec(readIfThere("/proc/meminfo"))?.[1] ?? 0) * 1024,
    bundles: ["bin/lab.js", "bin/agents.js"].filter((bundle) => existsSync(join(root, bundle))),
    closedFolder: mayWrite(home) ? undefined : home,
  };
}

/** Everything that keeps the lab from starting, each with its remedy. */
export function problemsOf(machine: Machine): readonly string[] {
  const problems: string[] = [];
  const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  if (machine.platform !== "linux") problems.push(`the system is ${machine.platform}: sites are Linux network namespaces; use a Linux machine or a virtual one`);
  if (!machine.root && machine.userNamespaces === 0) problems.push("no root and no user namespaces: run as root, or set sysctl user.max_user_namespaces above 0");
  for (const name of machine.missingCommands) problems.push(`${name} is not installed: apt-get install ${commands[name]}`);
  if (machine.freeDisk < diskForData) problems.push(`${gib(machine.freeDisk)} of disk are free below the checkout: the lab's data needs ${gib(diskForData)}`);
  if (machine.memory < memoryNeeded) problems.push(`the machine has ${gib(machine.memory)} of memory: two control planes and a chain need ${gib(memoryNeeded)}`);
  if (machine.closedFolder !== undefined) problems.push(`${machine.closedFolder} is not yours to write in, and the lab's state goes there: use a checkout of your own`);
  for (const bundle of ["bin/lab.js", "bin/agents.js"]) {
    if (!machine.bundles.includes(bundle)) problems.push(`${bundle} is not built: run \`npm ci\` and \`npm run build\`, or \`make up\`, which does both`);
  }
  return problems;
}

/** @throws one error that names everything that is missing */
export function checkMachine(machine: Machine): void {
  const problems = problemsOf(machine);
  if (problems.length > 0) throw new Error(`this machine cannot run the local environment yet:\n${problems.map((p) => `- ${p}`).join("\n")}`);
}

const isExecutable = (path: string): boolean => may(path, constants.X_OK);
const mayWrite = (path: string): boolean => may(path, constants.W_OK);

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
