import { backoffSeconds } from "./backoff";
import type { Condition, Pod } from "./kube-types";
import { initialized, outcome, type Member } from "./order";
import type { Exited } from "./record";

export interface PodStatus {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly conditions: readonly Condition[];
  readonly hostIP: string;
  readonly hostIPs: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime: string;
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly message?: string;
    readonly startedAt: string;
    readonly finishedAt: string;
    readonly containerID: string;
  };
}

export interface StatusInput {
  readonly pod: Pod;
  readonly members: readonly Member[];
  readonly podIP?: string;
  readonly hostIP: string;
  readonly startTime: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly deleting: boolean;
  /** The conditions as last written, so that a transition time only moves with its condition. */
  readonly previous: readonly Condition[];
  /** Why the pod's containers cannot be started at all: a missing volume, a full disk. */
  readonly blocked?: string;
}

/**
 * Has somebody else changed what the agent wrote? The control plane does when it doubts a node, for example after the
 * whole site stood still, and leaves it to the agent to take that back.
 */
export function isOverruled(written: PodStatus, shown: Pod["status"]): boolean {
  if (shown?.phase !== written.phase || shown.podIP !== written.podIP) return true;
  return written.conditions.some((c) => shown.conditions?.find((s) => s.type === c.type)?.status !== c.status);
}

/** The status that the API server shows, from what is known of the containers alone. */
export function computeStatus(input: StatusInput): PodStatus {
  const { pod, members, podIP, hostIP, startTime } = input;
  const statuses = (mains: boolean): ContainerStatus[] => members.filter((m) => (m.role === "main") === mains).map((m) => containerStatus(m, input));
  return {
    phase: phaseOf(pod, members),
    conditions: conditionsOf(input),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime,
    initContainerStatuses: statuses(false),
    containerStatuses: statuses(true),
  };
}

export function phaseOf(pod: Pod, members: readonly Member[]): PodStatus["phase"] {
  const ended = outcome(pod, members);
  if (ended) return members.some((m) => m.record.state.kind === "running") ? "Running" : ended;
  if (!initialized(members)) return "Pending";
  return members.every((m) => m.role !== "main" || m.record.starts > 0) ? "Running" : "Pending";
}

function conditionsOf(input: StatusInput): Condition[] {
  const { pod, members, now, deleting, blocked } = input;
  const ended = outcome(pod, members);
  const up = initialized(members);
  const unready = members.filter((m) => m.role !== "init" && !m.record.ready).map((m) => m.spec.name);
  const uninitialized = members.filter((m) => m.role !== "main" && m.record.state.kind !== "running" && m.record.starts === 0).map((m) => m.spec.name);
  const containersReady = up && !ended && !deleting && unready.length === 0;
  const notReady = ended ? { reason: "PodCompleted" } : { reason: "ContainersNotReady", message: blocked ?? `containers with unready status: [${unready.join(" ")}]` };
  const condition = (type: string, status: boolean, why: { reason: string; message?: string }): Condition => {
    const before = input.previous.find((c) => c.type === type);
    const text = status ? "True" : "False";
    const lastTransitionTime = before?.status === text && before.lastTransitionTime ? before.lastTransitionTime : seconds(now);
    return { type, status: text, lastTransitionTime, ...(status ? {} : why) };
  };
  return [
    condition("PodReadyToStartContainers", input.podIP !== undefined, { reason: "PodSandboxNotReady" }),
    condition("Initialized", up, { reason: "ContainersNotInitialized", message: `containers with incomplete status: [${uninitialized.join(" ")}]` }),
    condition("ContainersReady", containersReady, notReady),
    condition("Ready", containersReady, notReady),
  ];
}

function containerStatus(member: Member, input: StatusInput): ContainerStatus {
  const { spec, record } = member;
  const { state } = record;
  const uid = input.pod.metadata.uid;
  const ended = outcome(input.pod, input.members) !== undefined || input.deleting;
  const crashing = state.kind === "exited" && !ended && willRestart(member, input.pod);
  return {
    name: spec.name,
    image: spec.image,
    imageID: spec.image,
    ...(record.starts > 0 ? { containerID: containerId(uid, spec.name, record.starts) } : {}),
    ready: member.role === "init" ? state.kind === "exited" && state.exitCode === 0 : record.ready,
    started: record.started,
    restartCount: Math.max(0, record.starts - 1),
    state: crashing ? { waiting: { reason: "CrashLoopBackOff", message: `back-off ${backoffSeconds(record.crashes)}s restarting failed container=${spec.name}` } } : shown(member, uid),
    lastState: crashing ? { terminated: terminated(state, uid, spec.name) } : record.last ? { terminated: terminated(record.last, uid, spec.name) } : {},
  };
}

function willRestart(member: Member, pod: Pod): boolean {
  if (member.role === "sidecar") return true;
  if (member.role === "init") return member.record.state.kind === "exited" && member.record.state.exitCode !== 0 && pod.spec.restartPolicy !== "Never";
  const policy = pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && member.record.state.kind === "exited" && member.record.state.exitCode !== 0);
}

function shown(member: Member, uid: string): ContainerState {
  const { state } = member.record;
  if (state.kind === "running") return { running: { startedAt: seconds(Date.parse(state.startedAt)) } };
  if (state.kind === "exited") return { terminated: terminated(state, uid, member.spec.name) };
  return { waiting: { reason: state.reason, ...(state.message ? { message: state.message } : {}) } };
}

function terminated(exit: Exited, uid: string, name: string): NonNullable<ContainerState["terminated"]> {
  const { exitCode, reason, message } = exit;
  return {
    exitCode,
    reason,
    ...(message ? { message } : {}),
    startedAt: seconds(Date.parse(exit.startedAt)),
    finishedAt: seconds(Date.parse(exit.finishedAt)),
    containerID: containerId(uid, name, exit.attempt),
  };
}

function containerId(uid: string, name: string, attempt: number): string {
  return `chainstead://${uid}/${name}/${attempt}`;
}

/** The API keeps whole seconds; sending more would make every comparison see a change. */
function seconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
