import { watch as watchFolder, type FSWatcher } from "node:fs";
import { simulatedLabel } from "../../chains/labels";
import { zonesOf } from "../layout";
import { ApiError } from "./api";
import type { AgentContext } from "./context";
import { hostIP, podId } from "./context";
import { ContainerConfigError } from "./env";
import type { Condition, Pod } from "./kube-types";
import { decide, graceMs, membersOf, type Member } from "./order";
import { PodContainers } from "./pod-containers";
import { PodFiles } from "./pod-files";
import { PodFolder, type PodState } from "./pod-folder";
import { isAlive } from "./process";
import { newRecord } from "./record";
import { Sandbox } from "./sandbox";
import { computeStatus, isOverruled, phaseOf, type PodStatus } from "./status";
import { PodTokens } from "./tokens";
import { Waker } from "./waker";

/** Everything is told by watches; this is for what they cannot tell, such as a shim that was killed. */
const tickMs = 15_000;
/** A pod whose object vanished without a grace period. */
const goneGraceMs = 2000;

/** Runs one pod from its arrival to its end: looks, decides, acts and reports, one round after the other. */
export class PodWorker {
  private readonly folder: PodFolder;
  private readonly containers: PodContainers;
  private readonly waker = new Waker();
  private signs?: FSWatcher;
  private network?: { readonly netns: string; readonly ip: string };
  private sandbox?: Sandbox;
  private files?: PodFiles;
  private tokens: PodTokens;
  private startTime = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  private gone = false;
  private stop?: { readonly grace: number; readonly deadline: number };
  private configChanged = true;
  private hostsChanged = true;
  private written?: PodStatus;
  private writtenVersion = 0;
  private saved = "";
  private labelled = false;
  private blocked?: { readonly message: string; readonly times: number; readonly retryAt: number };

  constructor(
    private readonly context: AgentContext,
    private pod: Pod,
    /** What an earlier agent wrote down. */
    private readonly state?: PodState,
  ) {
    this.folder = new PodFolder(context.podsFolder, pod.metadata.uid);
    this.tokens = new PodTokens(context.api, pod);
    this.containers = new PodContainers(context, this.folder, pod, () => this.waker.wake(), () => this.save());
  }

  /** The newest object; undefined when it is gone from the API server. */
  update(pod: Pod | undefined): void {
    this.gone = pod === undefined;
    if (pod) {
      this.pod = pod;
      this.containers.setPod(pod);
      const newer = Number(pod.metadata.resourceVersion) >= this.writtenVersion;
      if (newer && this.written && isOverruled(this.written, pod.status)) this.written = undefined;
      this.configChanged = true;
    }
    this.waker.wake();
  }

  configurationChanged(): void {
    this.configChanged = true;
    this.waker.wake();
  }

  servicesChanged(): void {
    this.hostsChanged = true;
    this.waker.wake();
  }

  /** Settles when the pod is gone for good, or when the signal aborts: its containers then run on. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let next: number;
      try {
        const wakeAt = await this.round();
        if (wakeAt === undefined) return;
        next = wakeAt;
        failures = 0;
      } catch (error) {
        failures += 1;
        next = Date.now() + Math.min(30_000, 500 * 2 ** Math.min(failures, 6));
        this.context.log(`pod ${this.name()}: ${(error as Error).message}`);
      }
      await this.waker.sleep(Math.max(0, next - Date.now()), signal);
    }
    this.signs?.close();
    this.containers.release();
  }

  private name(): string {
    return `${this.pod.metadata.namespace}/${this.pod.metadata.name}`;
  }

  /** One round. @returns when the next one is due at the latest, undefined when the pod is gone for good */
  private async round(): Promise<number | undefined> {
    await this.prepare();
    const now = Date.now();
    const due = (this.blocked?.retryAt ?? 0) <= now;
    await this.containers.observe();
    const deadline = this.deadline();
    const deleting = deadline !== undefined;
    const ended = ["Succeeded", "Failed"].includes(phaseOf(this.pod, this.members()));
    if (!deleting && !ended && due) await this.provide();
    const decision = decide(this.pod, this.members(), Date.now(), deadline);
    for (const stop of decision.stop) this.containers.stop(stop.name, stop.deadline, stop.why);
    const starting = due && this.sandbox !== undefined ? decision.start : [];
    for (const name of starting) await this.startOne(name);
    await this.save();
    await this.report(deleting);
    if (decision.finished && deleting) return this.finish();
    if (decision.finished) await this.dismantle();
    // A start is followed by another look at once: the next container may be due.
    const soon = starting.length > 0 && !this.blocked ? now : Infinity;
    const retryAt = this.blocked && this.blocked.retryAt > now ? this.blocked.retryAt : Infinity;
    // A token that could not be renewed is tried again with the next tick; it is good for a fifth of its life yet.
    const renewAt = this.tokens.renewAt ?? 0;
    return Math.min(soon, decision.wakeAt ?? Infinity, renewAt > now ? renewAt : Infinity, retryAt, now + tickMs);
  }

  /** When everything must have ended. A second deletion may shorten the grace period; nothing lengthens it. */
  private deadline(): number | undefined {
    if (!this.gone && this.pod.metadata.deletionTimestamp === undefined) return undefined;
    const grace = this.gone ? goneGraceMs : graceMs(this.pod);
    if (this.stop === undefined || grace < this.stop.grace) this.stop = { grace, deadline: Math.min(this.stop?.deadline ?? Infinity, Date.now() + grace) };
    return this.stop.deadline;
  }

  private members(): Member[] {
    return membersOf(this.pod, this.containers.records, newRecord);
  }

  /** The first round: folder, watch, and what an earlier agent left. */
  private async prepare(): Promise<void> {
    if (this.signs) return;
    await this.folder.make();
    this.signs = watchFolder(this.folder.signs, () => this.waker.wake());
    this.signs.on("error", (error) => this.context.log(`pod ${this.name()}: ${error.message}; ends of containers are seen every ${tickMs / 1000} s`));
    if (!this.state) return;
    this.startTime = this.state.startTime;
    this.network = this.state.network;
    const sameBoot = this.state.bootId === this.context.bootId;
    if (sameBoot && this.state.sandbox && this.network && (await isAlive(this.state.sandbox))) {
      this.sandbox = new Sandbox(this.folder, this.state.sandbox);
      this.files = new PodFiles(this.context, this.folder, this.sandbox, this.tokens, this.network.ip);
      this.containers.setAddress(this.network.ip);
      await this.containers.adopt(this.state.containers, this.files);
      this.context.log(`pod ${this.name()}: taken over`);
      return;
    }
    for (const record of this.state.containers) this.containers.records.set(record.name, record);
    if (sameBoot) await this.containers.killAll();
    this.containers.reset();
  }

  /** Network, sandbox, volumes and hosts file, made or brought up to date. What is missing is told in the status. */
  private async provide(): Promise<void> {
    try {
      if (this.sandbox && !(await this.sandbox.isAlive())) {
        await this.context.events.tell(this.pod, "Normal", "SandboxChanged", "the pod's sandbox has ended; it will be made anew");
        await this.containers.killAll();
        this.containers.reset();
        this.sandbox = undefined;
      }
      if (!this.sandbox) await this.makeSandbox();
      else if (this.files) await this.refresh(this.files);
    } catch (error) {
      await this.block(error as Error, error instanceof ContainerConfigError ? "FailedMount" : "FailedCreatePodSandBox");
    }
  }

  /** What is missing may come: it is tried again, ever more slowly. */
  private async block(error: Error, reason: string): Promise<void> {
    const times = (this.blocked?.times ?? 0) + 1;
    this.blocked = { message: error.message, times, retryAt: Date.now() + Math.min(5000, 250 * 2 ** times) };
    await this.context.events.tell(this.pod, "Warning", reason, error.message);
  }

  private async makeSandbox(): Promise<void> {
    const zone = zonesOf[this.context.region].find((z) => z.node === this.pod.spec.nodeName)?.zone;
    if (!zone) throw new Error(`node "${this.pod.spec.nodeName}" is none of region ${this.context.region}`);
    const began = Date.now();
    this.network = await this.context.networks.addPod(zone, podId(this.pod.metadata.uid));
    const sandbox = await Sandbox.start(this.folder, this.pod, this.network.netns);
    const files = new PodFiles(this.context, this.folder, sandbox, this.tokens, this.network.ip);
    try {
      await files.make(this.pod);
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
    this.containers.setAddress(this.network.ip);
    this.sandbox = sandbox;
    this.files = files;
    this.configChanged = this.hostsChanged = false;
    this.context.log(`pod ${this.name()}: sandbox with ${this.network.ip} made in ${Date.now() - began} ms`);
    await this.save();
  }

  private async refresh(files: PodFiles): Promise<void> {
    if (this.hostsChanged) await files.refreshHosts(this.pod);
    this.hostsChanged = false;
    if (!this.configChanged && (this.tokens.renewAt ?? Infinity) > Date.now()) return;
    try {
      await files.refreshVolumes(this.pod);
      this.configChanged = false;
    } catch (error) {
      // Running containers keep the files they have.
      await this.context.events.tell(this.pod, "Warning", "FailedMount", (error as Error).message);
    }
  }

  private async startOne(name: string): Promise<void> {
    if (!this.sandbox || !this.files) return;
    try {
      const before = this.containers.record(name);
      if (before.crashes > 1) await this.context.events.tell(this.pod, "Warning", "BackOff", `restarting failed container ${name} (exit code ${before.state.kind === "exited" ? before.state.exitCode : "?"}, ${before.crashes} times in a row)`);
      await this.containers.start(name, this.sandbox, this.files);
      this.blocked = undefined;
    } catch (error) {
      const reason = error instanceof ContainerConfigError ? error.reason : "CreateContainerError";
      this.containers.waiting(name, reason, (error as Error).message);
      await this.block(error as Error, "Failed");
    }
  }

  private async save(): Promise<void> {
    const state: PodState = {
      bootId: this.context.bootId,
      pod: this.pod,
      startTime: this.startTime,
      containers: [...this.containers.records.values()],
      ...(this.network ? { network: this.network } : {}),
      ...(this.sandbox ? { sandbox: this.sandbox.process } : {}),
    };
    const text = JSON.stringify(state);
    if (text === this.saved) return;
    await this.folder.save(state);
    this.saved = text;
  }

  private async report(deleting: boolean): Promise<void> {
    if (this.gone) return;
    const previous: readonly Condition[] = this.written?.conditions ?? this.pod.status?.conditions ?? [];
    const podIP = this.sandbox ? this.network?.ip : undefined;
    const status = computeStatus({ pod: this.pod, members: this.members(), podIP, hostIP: hostIP(this.context), startTime: this.startTime, now: Date.now(), deleting, previous, blocked: this.blocked?.message });
    if (JSON.stringify(status) !== JSON.stringify(this.written)) {
      const answer = await this.patch("/status", { metadata: { uid: this.pod.metadata.uid }, status });
      this.writtenVersion = Number(answer?.metadata.resourceVersion ?? 0);
      this.written = status;
    }
    const simulated = this.containers.simulatedNames();
    if (simulated.length > 0 && !this.labelled) {
      const mark = { [simulatedLabel]: "true" };
      await this.patch("", { metadata: { uid: this.pod.metadata.uid, labels: mark, annotations: { [`${simulatedLabel}-containers`]: simulated.join(",") } } });
      this.labelled = true;
    }
  }

  /** A pod that is gone meanwhile is no error: the watch will say so. */
  private async patch(part: string, body: object): Promise<Pod | undefined> {
    const { namespace, name } = this.pod.metadata;
    try {
      return await this.context.api.patch<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}${part}`, body, "strategic-merge");
    } catch (error) {
      if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error;
      return undefined;
    }
  }

  private async dismantle(): Promise<void> {
    await this.containers.killAll();
    await this.sandbox?.kill();
    this.sandbox = undefined;
    if (!this.network) return;
    await this.context.networks.removePod(podId(this.pod.metadata.uid));
    this.network = undefined;
    await this.save();
  }

  private async finish(): Promise<undefined> {
    await this.dismantle();
    const { namespace, name, uid } = this.pod.metadata;
    if (!this.gone) {
      await this.context.api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0, preconditions: { uid } }).catch((error: Error) => {
        if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) throw error;
      });
    }
    this.signs?.close();
    await this.folder.remove();
    this.context.log(`pod ${this.name()}: ended`);
    return undefined;
  }
}
