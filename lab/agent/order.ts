import { startNotBefore } from "./backoff";
import type { Container, Pod } from "./kube-types";
import type { ContainerRecord } from "./record";

/** Sidecars are init containers with `restartPolicy: Always`: up before, and down after, the main containers. */
export type Role = "init" | "sidecar" | "main";

export interface Member {
  readonly role: Role;
  readonly spec: Container;
  readonly record: ContainerRecord;
}

export interface Decision {
  /** Containers to start now, in this order. */
  readonly start: readonly string[];
  readonly stop: readonly { readonly name: string; readonly deadline: number; readonly why: string }[];
  /** Exited containers that wait for their back-off. */
  readonly backingOff: readonly string[];
  /** Look again at this time (milliseconds since the epoch) even if nothing happens. */
  readonly wakeAt?: number;
  /** Nothing runs and nothing will be started again. */
  readonly finished: boolean;
}

/** The kubelet gives sidecars this long even when the main containers used up the grace period. */
const sidecarGraceMs = 2000;

export function membersOf(pod: Pod, records: ReadonlyMap<string, ContainerRecord>, fresh: (name: string) => ContainerRecord): Member[] {
  const member = (role: Role, spec: Container): Member => ({ role, spec, record: records.get(spec.name) ?? fresh(spec.name) });
  return [
    ...(pod.spec.initContainers ?? []).map((c) => member(c.restartPolicy === "Always" ? "sidecar" : "init", c)),
    ...pod.spec.containers.map((c) => member("main", c)),
  ];
}

/**
 * What to do with a pod's containers, from what is known of them alone.
 * @param deadline end of the grace period when the pod is being deleted, milliseconds since the epoch
 */
export function decide(pod: Pod, members: readonly Member[], now: number, deadline?: number): Decision {
  if (deadline !== undefined) return terminate(members, now, deadline, "the pod is being deleted");
  if (outcome(pod, members) !== undefined) return terminate(members, now, now + graceMs(pod), "the main containers have ended");
  return progress(pod, members, now);
}

export function graceMs(pod: Pod): number {
  return (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
}

/** How the pod ended, once no container that matters will run again. */
export function outcome(pod: Pod, members: readonly Member[]): "Succeeded" | "Failed" | undefined {
  const never = pod.spec.restartPolicy === "Never";
  if (never && members.some((m) => m.role === "init" && m.record.state.kind === "exited" && m.record.state.exitCode !== 0)) return "Failed";
  const mains = members.filter((m) => m.role === "main");
  if (!mains.every((m) => m.record.state.kind === "exited" && !restarts(pod, m.record))) return undefined;
  return mains.every((m) => m.record.state.kind === "exited" && m.record.state.exitCode === 0) ? "Succeeded" : "Failed";
}

/** All init containers are through, or were when the main containers were first started. */
export function initialized(members: readonly Member[]): boolean {
  if (members.some((m) => m.role === "main" && m.record.starts > 0)) return true;
  return members.every((m) => m.role === "main" || passed(m));
}

function passed(member: Member): boolean {
  const { state, started } = member.record;
  if (member.role === "sidecar") return state.kind === "running" && started;
  return state.kind === "exited" && state.exitCode === 0;
}

function restarts(pod: Pod, record: ContainerRecord): boolean {
  if (record.state.kind !== "exited") return false;
  const policy = pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && record.state.exitCode !== 0);
}

function progress(pod: Pod, members: readonly Member[], now: number): Decision {
  const wanted: Member[] = [];
  const inits = members.filter((m) => m.role !== "main");
  const up = initialized(members);
  for (const member of inits) {
    const { state } = member.record;
    if (up) {
      if (member.role === "sidecar" && state.kind !== "running") wanted.push(member);
      continue;
    }
    if (passed(member)) continue;
    if (state.kind !== "running") wanted.push(member);
    break;
  }
  if (up) wanted.push(...members.filter((m) => m.role === "main" && (m.record.state.kind === "waiting" || restarts(pod, m.record))));
  const due = wanted.filter((m) => startNotBefore(m.record) <= now);
  const later = wanted.filter((m) => startNotBefore(m.record) > now);
  const wakeAt = later.length > 0 ? Math.min(...later.map((m) => startNotBefore(m.record))) : undefined;
  return { start: due.map((m) => m.spec.name), stop: [], backingOff: later.map((m) => m.spec.name), wakeAt, finished: false };
}

/** Main containers first and together, then the sidecars one by one in reverse order. */
function terminate(members: readonly Member[], now: number, deadline: number, why: string): Decision {
  const running = members.filter((m) => m.record.state.kind === "running");
  const first = running.filter((m) => m.role !== "sidecar");
  const next = first.length > 0 ? first : running.slice(-1);
  const stop = next
    .map((m) => ({ name: m.spec.name, why, deadline: m.role === "sidecar" ? Math.max(deadline, m.record.stopping?.deadline ?? now + sidecarGraceMs) : deadline }))
    .filter((s) => {
      const before = next.find((m) => m.spec.name === s.name)?.record.stopping;
      return before === undefined || s.deadline < before.deadline;
    });
  return { start: [], stop, backingOff: [], finished: running.length === 0 };
}
