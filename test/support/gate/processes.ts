import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Child processes of one test by name; all are gone after `stopAll`, also those that were frozen. */
export class NamedProcesses {
  private readonly children = new Map<string, ChildProcess>();
  private readonly atExit = (): void => {
    for (const child of this.children.values()) child.kill("SIGKILL");
  };

  constructor(private readonly logs: string) {
    process.once("exit", this.atExit);
  }

  start(name: string, command: string, args: readonly string[]): void {
    const log = openSync(join(this.logs, `${name}.log`), "a");
    const child = spawn(command, [...args], { stdio: ["ignore", log, log] });
    closeSync(log);
    child.on("error", () => undefined);
    this.children.set(name, child);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.children.get(name)?.kill(signal);
  }

  /** Signals and waits until the process is gone. */
  async stop(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.children.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  running(name: string): boolean {
    const child = this.children.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.children.keys()].map((name) => this.stop(name)));
    process.off("exit", this.atExit);
  }
}

/** Free loopback ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Error that names what was waited for */
export async function until(what: string, seconds: number, condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + seconds * 1000;
  let last = "";
  for (;;) {
    try {
      if (await condition()) return;
      last = "";
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}${last && ` (${last})`}`);
    await pause(100);
  }
}

export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
  return (await answer.json()) as T;
}
