import { processStat } from "../sites/process-stat";
import { tailOf } from "./log-file";
import { argumentsOf, markedProcesses } from "./marker";
import type { Readiness } from "./probe";
import type { RunningProcess } from "./process";
import { adoptProcess, endProcess, startProcess } from "./process";
import type { ServiceRecord } from "./record";
import { removeRecord, writeRecord } from "./record";
import type { ServiceSpec, ServiceState } from "./service";

/** What a service needs of its surroundings. */
export interface Surroundings {
  readonly stateDir: string;
  /** Prefix that runs a command inside the site. */
  enter(spec: ServiceSpec): readonly string[];
  /** Undefined when ready, else what is in the way. */
  ask(spec: ServiceSpec, ready: Readiness): Promise<string | undefined>;
  say(line: string): void;
}

const firstDelay = 250;
const longestDelay = 10_000;
/** A run this long, in milliseconds, counts as healthy: the next failure starts from the shortest delay again. */
const healthyAfter = 30_000;
const probeEvery = 200;
/** Ends in a row before it was ready: it will not come up by waiting. */
const hopeless = 5;

/** Keeps one service running until it is stopped. */
export class ServiceRun {
  private running: RunningProcess | undefined;
  private state: ServiceState["state"] = "starting";
  private since = new Date().toISOString();
  private restarts = 0;
  private failures = 0;
  private lastExit: string | undefined;
  private problem: string | undefined;
  private wanted = true;
  /** Writes of the record, one after the other. */
  private saving: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly spec: ServiceSpec,
    readonly order: number,
    private readonly around: Surroundings,
  ) {}

  /** Takes over the recorded process if it still runs. */
  async adopt(record: ServiceRecord): Promise<void> {
    this.restarts = record.restarts;
    this.lastExit = record.lastExit;
    const recorded = record.pid !== undefined && record.startTime !== undefined ? await adoptProcess(record.pid, record.startTime) : undefined;
    const adopted = recorded ?? (await this.unrecorded());
    if (adopted === undefined) return;
    this.around.say(`${this.spec.name}: taken over, pid ${adopted.pid}`);
    await this.watch(adopted, record.since);
  }

  async startUnlessRunning(): Promise<void> {
    if (this.running) return;
    this.restarts += 1;
    await this.start();
  }

  /** A supervisor that is killed between starting a process and recording it leaves one that only its marker and arguments tell. */
  private async unrecorded(): Promise<RunningProcess | undefined> {
    for (const { pid, service } of await markedProcesses(this.around.stateDir)) {
      if (service !== this.spec.name || (await argumentsOf(pid)).join("\0") !== this.spec.argv.join("\0")) continue;
      const found = await processStat(pid);
      // Only a leader of its session: a child of the service may have been started with the same arguments.
      if (found?.session === pid) return adoptProcess(pid, found.startTime);
    }
    return undefined;
  }

  /** Starts it; a failure to start is tried again after a delay. */
  async start(): Promise<void> {
    try {
      await this.save();
      const started = await startProcess(this.around.stateDir, this.spec, this.around.enter(this.spec));
      if (this.wanted) await this.watch(started);
      else await endProcess(started, "SIGKILL", 0);
    } catch (error) {
      this.lastExit = error instanceof Error ? error.message : String(error);
      await this.again();
    }
  }

  /** @throws when it is not ready in time or keeps ending, with the last lines of its log */
  async untilReady(): Promise<void> {
    const seconds = this.spec.readySeconds ?? 60;
    const deadline = Date.now() + seconds * 1000;
    this.failures = 0;
    while (this.wanted && this.state !== "running") {
      const hope = this.failures < hopeless;
      if (Date.now() > deadline || !hope) {
        const how = hope ? `is not ready after ${seconds} s` : `ended ${this.failures} times before it was ready`;
        const why = [this.problem && `probe: ${this.problem}`, this.lastExit && `last end: ${this.lastExit}`].filter(Boolean).join("; ");
        throw new Error(`service ${this.spec.name} (site ${this.spec.site}) ${how} (${why || "no probe answered"}). The end of its log:\n${await tailOf(this.around.stateDir, this.spec.name)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!this.wanted) throw new Error(`service ${this.spec.name} was stopped while it was starting`);
  }

  /** Ends it and forgets it. */
  async stop(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    this.enterState("stopped");
    if (this.running) await endProcess(this.running, this.spec.stop?.signal ?? "SIGTERM", this.spec.stop?.seconds ?? 10);
    this.running = undefined;
    await this.saving;
    await removeRecord(this.around.stateDir, this.spec.name);
  }

  /** Lets go of it without ending it: the next supervisor takes it over. */
  letGo(): void {
    this.wanted = false;
    clearTimeout(this.timer);
  }

  describe(): ServiceState {
    const { name, site } = this.spec;
    return { name, site, pid: this.running?.pid, state: this.state, restarts: this.restarts, since: this.since, lastExit: this.lastExit };
  }

  private async watch(running: RunningProcess, since?: string): Promise<void> {
    this.running = running;
    this.enterState("starting", since);
    await this.save();
    const begun = Date.now();
    void running.ended.then(async (how) => {
      if (this.running !== running || !this.wanted) return;
      this.running = undefined;
      this.lastExit = how;
      if (this.state === "running" && Date.now() - begun > healthyAfter) this.failures = 0;
      this.restarts += 1;
      await this.again();
    });
    void this.probeUntilReady(running, since);
  }

  private async probeUntilReady(running: RunningProcess, since?: string): Promise<void> {
    while (this.wanted && this.running === running) {
      this.problem = await this.around.ask(this.spec, this.spec.ready);
      if (this.running !== running || !this.wanted) return;
      if (this.problem === undefined) return this.enterState("running", since);
      await new Promise((resolve) => setTimeout(resolve, probeEvery));
    }
  }

  private async again(): Promise<void> {
    this.failures += 1;
    const delay = Math.min(firstDelay * 2 ** (this.failures - 1), longestDelay);
    this.enterState("backoff");
    this.around.say(`${this.spec.name}: ${this.lastExit}; starts again in ${delay} ms`);
    await this.save();
    if (!this.wanted) return;
    this.timer = setTimeout(() => void this.start(), delay);
  }

  private enterState(state: ServiceState["state"], since?: string): void {
    this.state = state;
    this.since = since ?? new Date().toISOString();
  }

  /** A full disk must not end the supervisor: without a record the process is still found by its marker. */
  private save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async write(): Promise<void> {
    if (!this.wanted) return;
    const { spec, order, restarts, since, lastExit, running } = this;
    const record = { spec, order, restarts, since, lastExit, pid: running?.pid, startTime: running?.startTime };
    await writeRecord(this.around.stateDir, record).catch((error: unknown) => this.around.say(`${spec.name}: its record cannot be written: ${String(error)}`));
  }
}
