import { steadySeconds } from "./backoff";
import { check, type CheckTarget } from "./check";
import type { AgentContext } from "./context";
import { resolveEnv } from "./env";
import { hostnameOf } from "./hosts";
import type { Container, Pod } from "./kube-types";
import { execIn, launch, readSigns, type Sign } from "./launch";
import { logFile } from "./log-files";
import { planContainer, type ContainerPlan } from "./plan";
import type { PodFiles } from "./pod-files";
import type { PodFolder } from "./pod-folder";
import { Prober } from "./probes";
import { signal } from "./process";
import { localImage } from "./programs";
import { newRecord, type ContainerRecord, type Running } from "./record";
import { systemPath, type Sandbox } from "./sandbox";

/** The containers of one pod: starts, stops, watches and probes them, and keeps a record of each. */
export class PodContainers {
  readonly records = new Map<string, ContainerRecord>();
  private readonly probers = new Map<string, Prober>();
  private readonly plans = new Map<string, ContainerPlan>();
  private readonly kills = new Map<string, NodeJS.Timeout>();
  private podIP = "";

  constructor(
    private readonly context: AgentContext,
    private readonly folder: PodFolder,
    private pod: Pod,
    /** Called when a record changed outside of a call to this class. */
    private readonly changed: () => void,
    /** Writes the records down. */
    private readonly save: () => Promise<void>,
  ) {}

  setPod(pod: Pod): void {
    this.pod = pod;
  }

  setAddress(podIP: string): void {
    this.podIP = podIP;
  }

  record(name: string): ContainerRecord {
    return this.records.get(name) ?? newRecord(name);
  }

  /** Takes over what an earlier agent wrote down. */
  async adopt(records: readonly ContainerRecord[], files: PodFiles): Promise<void> {
    // A stop that was under way is asked for again.
    for (const record of records) this.records.set(record.name, { ...record, stopping: undefined });
    for (const record of this.running()) {
      const { state } = record;
      const container = this.containerOf(record.name);
      if (!container) continue;
      if (state.simulated) continue;
      this.rememberPlan(container, files);
      // The agent may have ended between the start and the note of the process.
      const sign = state.process ? await readSigns(this.folder, record.name, record.starts) : await this.settled(record.name, record.starts);
      this.take(record.name, sign);
      const now = this.record(record.name);
      if (now.state.kind === "running") await this.up(container, now, now.state);
    }
  }

  /** What exec probes and hooks need. The container runs whether or not it could be started like this once more. */
  private rememberPlan(container: Container, files: PodFiles): void {
    try {
      this.plans.set(container.name, this.planOf(container, files));
    } catch (error) {
      this.context.log(`container ${container.name} taken over, but its commands cannot be run: ${(error as Error).message}`);
    }
  }

  /** Reads how running containers are. */
  async observe(): Promise<void> {
    for (const { name, starts, state } of this.running()) {
      if (!state.simulated) this.take(name, await readSigns(this.folder, name, starts));
    }
  }

  /** @throws ContainerConfigError when the container cannot be started as declared */
  async start(name: string, sandbox: Sandbox, files: PodFiles): Promise<void> {
    const container = this.containerOf(name);
    if (!container) return;
    const before = this.record(name);
    const image = localImage(container.image, this.context.programs);
    const last = before.state.kind === "exited" ? before.state : before.last;
    const startedAt = new Date().toISOString();
    const fresh = { name, starts: before.starts + 1, crashes: before.crashes, started: false, ready: false, ...(last ? { last } : {}) };
    if (!image) return this.simulate(container, fresh, startedAt);
    const plan = this.planOf(container, files);
    this.plans.set(name, plan);
    this.records.set(name, { ...fresh, state: { kind: "running", startedAt } });
    // Written before the start: a new agent must know that there may be a process.
    await this.save();
    const { namespace = "", name: podName } = this.pod.metadata;
    await launch({ folder: this.folder, sandbox, container: name, attempt: fresh.starts, plan, logFile: logFile(this.context.logsFolder, namespace, podName, name) });
    this.take(name, await this.settled(name, fresh.starts));
    this.context.log(`pod ${namespace}/${podName}: container ${name} started in ${Date.now() - Date.parse(startedAt)} ms`);
    const now = this.record(name);
    if (now.state.kind === "running") await this.up(container, now, now.state);
  }

  /** SIGTERM after the preStop hook, SIGKILL at the deadline. A second call can only bring the deadline forward. */
  stop(name: string, deadline: number, why: string): void {
    const record = this.record(name);
    if (record.state.kind !== "running") return;
    const { state, stopping } = record;
    if (stopping && stopping.deadline <= deadline) return;
    this.probers.get(name)?.stop();
    this.records.set(name, { ...record, ready: false, stopping: { deadline, why } });
    if (state.simulated) return this.exited(name, 0, new Date().toISOString(), undefined);
    clearTimeout(this.kills.get(name));
    this.kills.set(name, setTimeout(() => this.send(state, "SIGKILL"), Math.max(0, deadline - Date.now())));
    if (!stopping) void this.preStop(name, state, deadline).then(() => this.send(state, "SIGTERM"));
  }

  /** Ends everything at once: the pod's namespaces are gone or are about to be. */
  async killAll(): Promise<void> {
    for (const { state } of this.running()) if (state.process) await signal(state.process, "SIGKILL");
    this.release();
  }

  /** After the loss of the sandbox: every container has to be started again, init containers included. */
  reset(): void {
    for (const record of this.records.values()) {
      if (record.state.kind === "running") this.exited(record.name, 137, new Date().toISOString(), "the pod's sandbox has ended");
      const now = this.record(record.name);
      if (now.state.kind === "exited") this.records.set(record.name, { ...now, state: { kind: "waiting", reason: "PodInitializing" }, last: now.state, crashes: 0 });
    }
  }

  /** Lets go of timers; the containers run on. */
  release(): void {
    for (const prober of this.probers.values()) prober.stop();
    for (const timer of this.kills.values()) clearTimeout(timer);
    this.probers.clear();
    this.kills.clear();
  }

  waiting(name: string, reason: string, message: string): void {
    const record = this.record(name);
    if (record.state.kind === "waiting") this.records.set(name, { ...record, state: { kind: "waiting", reason, message } });
  }

  simulatedNames(): string[] {
    return this.running().filter((r) => r.state.simulated).map((r) => r.name);
  }

  private running(): (ContainerRecord & { state: Running })[] {
    return [...this.records.values()].filter((r): r is ContainerRecord & { state: Running } => r.state.kind === "running");
  }

  private containerOf(name: string): Container | undefined {
    return [...(this.pod.spec.initContainers ?? []), ...this.pod.spec.containers].find((c) => c.name === name);
  }

  private isInit(name: string): boolean {
    return Boolean(this.pod.spec.initContainers?.some((c) => c.name === name && c.restartPolicy !== "Always"));
  }

  private planOf(container: Container, files: PodFiles): ContainerPlan {
    const image = localImage(container.image, this.context.programs);
    if (!image) throw new Error(`container "${container.name}": no program for image ${container.image} any more`);
    const { hostname, port } = this.context.api.credentials.server;
    const base = { PATH: systemPath, HOME: "/", HOSTNAME: hostnameOf(this.pod), KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" };
    const env = resolveEnv(this.pod, container, files.facts(), this.context.view, base);
    return planContainer(this.pod, container, image, env, files.folders(this.pod), this.context.users);
  }

  private simulate(container: Container, fresh: Omit<ContainerRecord, "state">, startedAt: string): void {
    this.records.set(container.name, { ...fresh, state: { kind: "running", simulated: true, startedAt }, started: true, ready: true });
    if (this.isInit(container.name)) this.exited(container.name, 0, startedAt, "simulated: no program stands for the image");
  }

  /** The first process is there within a moment, unless the root file system could not be made. */
  private async settled(name: string, attempt: number): Promise<Sign> {
    for (const end = Date.now() + settleMs; ; ) {
      const sign = await readSigns(this.folder, name, attempt);
      if (sign.kind !== "starting") return sign;
      if (Date.now() > end) return { kind: "exited", exitCode: 128, at: new Date().toISOString(), wasUp: false };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private take(name: string, sign: Sign): void {
    const record = this.record(name);
    if (record.state.kind !== "running") return;
    if (sign.kind === "running" && !record.state.process) this.records.set(name, { ...record, state: { ...record.state, process: sign.process } });
    if (sign.kind !== "exited") return;
    const file = logFile(this.context.logsFolder, this.pod.metadata.namespace ?? "", this.pod.metadata.name, name);
    const message = sign.lost ? "its end was not seen" : sign.wasUp ? undefined : `it could not be set up; the reason is in ${file}`;
    this.exited(name, sign.exitCode, sign.at, message, sign.wasUp ? undefined : "StartError");
  }

  private exited(name: string, exitCode: number, finishedAt: string, message: string | undefined, cause?: string): void {
    const record = this.record(name);
    if (record.state.kind !== "running") return;
    this.probers.get(name)?.stop();
    this.probers.delete(name);
    clearTimeout(this.kills.get(name));
    this.kills.delete(name);
    const { startedAt } = record.state;
    const steady = Date.parse(finishedAt) - Date.parse(startedAt) >= steadySeconds * 1000;
    const reason = cause ?? (exitCode === 0 ? "Completed" : "Error");
    const state = { kind: "exited" as const, exitCode, reason, startedAt, finishedAt, attempt: record.starts, ...(message ? { message } : {}) };
    this.records.set(name, { ...record, state, stopping: undefined, started: false, ready: false, crashes: steady ? 1 : record.crashes + 1 });
    this.changed();
  }

  private async up(container: Container, record: ContainerRecord, state: Running): Promise<void> {
    const { name } = container;
    const target = this.target(container, state, this.podIP);
    const hook = container.lifecycle?.postStart;
    if (hook && !record.started) {
      const result = await check(hook, 30, target);
      if (!result.ok) {
        await this.context.events.tell(this.pod, "Warning", "FailedPostStartHook", `container ${name}: ${result.message}`);
        return this.stop(name, Date.now() + graceOf(this.pod), "its postStart hook failed");
      }
    }
    const update = (part: Partial<ContainerRecord>): void => {
      const now = this.record(name);
      if (now.starts !== record.starts || now.state.kind !== "running") return;
      this.records.set(name, { ...now, ...part });
      this.changed();
    };
    const tell = (kind: string, message: string): void => void this.context.events.tell(this.pod, "Warning", "Unhealthy", `${kind} probe of container ${name} failed: ${message}`);
    const prober = new Prober(container, target, {
      started: () => update({ started: true }),
      ready: (ready) => this.record(name).ready !== ready && update({ ready: ready && !this.record(name).stopping }),
      failed: tell,
      unhealthy: (kind, _message, seconds) => {
        void this.context.events.tell(this.pod, "Normal", "Killing", `container ${name} failed its ${kind} probe and will be restarted`);
        this.stop(name, Date.now() + (seconds === undefined ? graceOf(this.pod) : seconds * 1000), `its ${kind} probe failed`);
        this.changed();
      },
    }, Date.parse(state.startedAt));
    this.probers.set(name, prober);
    prober.start(record.started, record.ready);
  }

  private target(container: Container, state: Running, podIP: string): CheckTarget {
    const exec: CheckTarget["exec"] = (argv, seconds) => {
      const plan = this.plans.get(container.name);
      if (!plan || !state.process) return Promise.resolve({ exitCode: 126, output: "the container does not run" });
      return execIn(state.process, plan, argv, seconds);
    };
    return { podIP, container, exec };
  }

  private async preStop(name: string, state: Running, deadline: number): Promise<void> {
    const container = this.containerOf(name);
    const hook = container?.lifecycle?.preStop;
    if (!container || !hook) return;
    const seconds = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
    const result = await check(hook, seconds, this.target(container, state, this.podIP));
    if (!result.ok) await this.context.events.tell(this.pod, "Warning", "FailedPreStopHook", `container ${name}: ${result.message}`);
  }

  private send(state: Running, name: NodeJS.Signals): void {
    if (state.process) void signal(state.process, name).then(() => this.changed());
  }
}

const settleMs = 20_000;

function graceOf(pod: Pod): number {
  return (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
}
