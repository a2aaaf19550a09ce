import { spawn } from "node:child_process";
import { join } from "node:path";
import type { LabPlace } from "../place";
import { enterPrivileged, siteNetwork } from "../sites";
import { startSupervisor } from "../supervisor";

/** Builds what is missing of the sites and starts the supervisor unless it runs. Needs root over the network namespaces. */
export async function wire(place: LabPlace): Promise<void> {
  await siteNetwork(place.lab, place.state).up();
  await startSupervisor(place);
}

/** The same, in a process of its own where the user is no root and has to be given namespaces first. */
export async function wirePrivileged(place: LabPlace): Promise<void> {
  const prefix = await enterPrivileged(place.state);
  if (prefix === undefined) return wire(place);
  const command = [...prefix, process.execPath, join(place.root, "bin/lab.js"), "wire", "--lab", place.lab, "--root", place.root, "--cache", place.cache, "--state", place.state];
  const [program = "", ...args] = command;
  await new Promise<void>((resolve, reject) => {
    let said = "";
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: place.state } });
    child.stderr.on("data", (part: Buffer) => (said += part.toString()));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(said.trim() || `lab.js wire ended with ${code}`))));
  });
}
