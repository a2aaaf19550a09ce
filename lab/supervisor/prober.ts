import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { SiteName } from "../layout";
import type { ProbeAnswer, ProbeQuestion, Readiness } from "./probe";

/** Milliseconds without a question after which a site's prober is let go. */
const idleAfter = 20_000;
/** Milliseconds to wait for an answer. The prober itself gives up after 2 s, and on a busy machine it takes seconds to start: later it is stuck or frozen. */
const patience = 15_000;
/** Milliseconds that a helper may need before its first answer: on a busy machine Node alone takes seconds to start. */
const startPatience = 30_000;

/** Asks one long-lived helper process per site, so that probing twenty servers does not start twenty processes a second. */
export class SiteProber {
  private helper: ChildProcess | undefined;
  private readonly waiting = new Map<number, (problem: string | undefined) => void>();
  private nextId = 1;
  private idle: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private answered = false;

  /** @param argv runs the helper inside the site, prefix included */
  constructor(
    readonly site: SiteName,
    private readonly argv: readonly string[],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Undefined when ready, else what is in the way. Never rejects. */
  ask(ready: Readiness): Promise<string | undefined> {
    if ("none" in ready) return Promise.resolve(undefined);
    const id = this.nextId++;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.waiting.delete(id);
        resolve(`the prober of site ${this.site} does not answer`);
        if (this.answered || Date.now() - this.startedAt > startPatience) this.end();
      }, patience);
      this.waiting.set(id, (problem) => {
        clearTimeout(late);
        this.waiting.delete(id);
        resolve(problem);
      });
      const helper = this.start();
      helper.stdin?.write(`${JSON.stringify({ id, ready } satisfies ProbeQuestion)}\n`);
    });
  }

  end(): void {
    clearTimeout(this.idle);
    this.helper?.kill("SIGKILL");
    this.helper = undefined;
  }

  private start(): ChildProcess {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.end(), idleAfter);
    this.idle.unref();
    if (this.helper) return this.helper;
    const [program = "", ...args] = this.argv;
    const helper = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], env: this.env });
    this.helper = helper;
    this.startedAt = Date.now();
    this.answered = false;
    const gone = (why: string): void => {
      if (this.helper === helper) this.helper = undefined;
      for (const settle of [...this.waiting.values()]) settle(why);
    };
    helper.once("error", (error) => gone(`the prober of site ${this.site} cannot be started: ${error.message}`));
    helper.once("exit", () => gone(`the prober of site ${this.site} ended`));
    helper.stdin?.on("error", () => undefined);
    if (helper.stdout) {
      createInterface({ input: helper.stdout }).on("line", (line) => {
        const answer = JSON.parse(line) as ProbeAnswer;
        this.answered = true;
        this.waiting.get(answer.id)?.(answer.problem);
      });
    }
    return helper;
  }
}
