import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A free TCP port on loopback; free when asked, so use it soon. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Servers of one test, all of which end with it: also when the test process itself is ended. */
export class Processes {
  readonly #running: ChildProcess[] = [];
  readonly #atExit = (): void => {
    for (const child of this.#running) child.kill("SIGKILL");
  };

  constructor() {
    process.once("exit", this.#atExit);
  }

  /** Starts a program whose output goes into `logFile`. */
  start(program: string, argv: readonly string[], logFile: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const log = createWriteStream(logFile, { flags: "a" });
    const child = spawn(program, argv, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...env } });
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    this.#running.push(child);
    return child;
  }

  /** Stops them, the last started first. */
  async stop(): Promise<void> {
    process.removeListener("exit", this.#atExit);
    for (const child of this.#running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await gone;
      clearTimeout(timer);
    }
    this.#running.length = 0;
  }
}

/** Waits until `test` gives something; what it throws counts as "not yet" and is told at the end. */
export async function until<T>(what: string, test: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    try {
      const result = await test();
      if (result !== undefined) return result;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what} did not happen within ${seconds} s${last instanceof Error ? ` (${last.message})` : ""}`);
}
