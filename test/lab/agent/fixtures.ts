import type { ClusterView, ConfigMap, Container, EndpointSlice, Pod, PodSpec, Secret, Service } from "../../../lab/agent/kube-types";
import type { Member, Role } from "../../../lab/agent/order";
import { newRecord, type ContainerRecord, type Exited, type Running } from "../../../lab/agent/record";

export const t0 = Date.parse("2026-01-01T00:00:00Z");

export function aPod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod["metadata"]> = {}): Pod {
  return { metadata: { name: "cosmos-node-0", namespace: "chain", uid: "0f0f-1", labels: { app: "cosmos" }, ...metadata }, spec: { containers: [aContainer("node")], nodeName: "node-a1", ...spec } };
}

export function aContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: "ghcr.io/chainstead/agents:1", ...more };
}

export const running = (at = t0): Running => ({ kind: "running", process: { pid: 1, startTicks: "1" }, startedAt: new Date(at).toISOString() });

export function exited(exitCode: number, finished = t0 + 1000): Exited {
  return { kind: "exited", exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt: new Date(t0).toISOString(), finishedAt: new Date(finished).toISOString(), attempt: 1 };
}

export function record(name: string, part: Partial<ContainerRecord> = {}): ContainerRecord {
  return { ...newRecord(name), starts: part.state ? 1 : 0, ...part };
}

export function member(role: Role, name: string, part: Partial<ContainerRecord> = {}): Member {
  return { role, spec: aContainer(name, role === "sidecar" ? { restartPolicy: "Always" } : {}), record: record(name, part) };
}

export const up = { state: running(), started: true, ready: true };

export interface Objects {
  readonly configMaps?: readonly ConfigMap[];
  readonly secrets?: readonly Secret[];
  readonly services?: readonly Service[];
  readonly slices?: readonly EndpointSlice[];
}

export function view({ configMaps = [], secrets = [], services = [], slices = [] }: Objects = {}): ClusterView {
  const find = <T extends { metadata: { namespace?: string; name: string } }>(all: readonly T[], namespace: string, name: string): T | undefined => all.find((o) => o.metadata.namespace === namespace && o.metadata.name === name);
  return {
    configMap: (namespace, name) => find(configMaps, namespace, name),
    secret: (namespace, name) => find(secrets, namespace, name),
    claim: () => undefined,
    volume: () => undefined,
    services: () => services,
    slices: () => slices,
  };
}

export const meta = (name: string, namespace = "chain") => ({ name, namespace, uid: name });
export const facts = { podIP: "198.18.16.2", hostIP: "198.18.0.1" };
