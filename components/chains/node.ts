import { createHash } from "node:crypto";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Process } from "../../chains/definition";
import { gateConfig, probeConfig, vaultAgentHcl } from "./files";
import { instanceLabels, isGated, processOf, selectorLabels, workloadLabels, workloadName, type ChainInstance } from "./instance";
import { podFiles, podTemplate } from "./pod";
import { trafficPolicy } from "./traffic";

export interface NodeArgs {
  readonly instance: ChainInstance;
  /** Which of the definition's processes. @default "node" */
  readonly process?: string;
}

/** One process of a chain in one region: one pod, its identity, files, addresses, volume, and what may talk to it. */
export class Node extends pulumi.ComponentResource {
  readonly workload: kubernetes.apps.v1.StatefulSet;

  constructor(name: string, args: NodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:chains:Node", name, {}, opts);
    const { instance } = args;
    const process = processOf(instance, args.process ?? "node");
    const child = { parent: this };
    const maps = configMaps(instance, process);
    const files = Object.entries(maps).map(([role, map]) => new kubernetes.core.v1.ConfigMap(`${name}-${role}`, map, child));
    const account = new kubernetes.core.v1.ServiceAccount(`${name}-account`, accountArgs(instance, process), child);
    const policy = new kubernetes.networking.v1.NetworkPolicy(`${name}-traffic`, trafficPolicy(instance, process), child);
    const headless = new kubernetes.core.v1.Service(`${name}-headless`, headlessArgs(instance, process), child);
    new kubernetes.core.v1.Service(`${name}-service`, serviceArgs(instance, process), child);
    new kubernetes.policy.v1.PodDisruptionBudget(`${name}-disruption`, disruptionArgs(instance, process), child);
    this.workload = new kubernetes.apps.v1.StatefulSet(`${name}-workload`, workloadArgs(instance, process, checksum(maps)), {
      parent: this,
      // Never two generations side by side, and never another name for the same volume.
      deleteBeforeReplace: true,
      protect: instance.placement.protect ?? true,
      dependsOn: [...files, account, policy, headless],
    });
    this.registerOutputs({ workload: this.workload.metadata.name });
  }
}

type ConfigMapArgs = kubernetes.core.v1.ConfigMapArgs;

/** By role: the chain's own files, and what gate, probe and key agent read. */
export function configMaps(instance: ChainInstance, process: Process): Record<string, ConfigMapArgs> {
  const names = podFiles(instance, process);
  const map = (name: string, data: Record<string, string>): ConfigMapArgs => ({ metadata: { name, namespace: instance.namespace, labels: instanceLabels(instance) }, data });
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    ...(process.files.length > 0 ? { files: map(names.files, Object.fromEntries(process.files.map((file) => [file.path, file.content]))) } : {}),
    probe: map(names.probe, { "probe.json": json(probeConfig(instance, process)) }),
    ...(isGated(process) ? { gate: map(names.gate, { "gate.json": json(gateConfig(instance, process)) }), keys: map(names.keys, { "agent.hcl": vaultAgentHcl(instance) }) } : {}),
  };
}

/** Files are read at start, so a changed one must mean a new pod. */
function checksum(maps: Record<string, ConfigMapArgs>): string {
  return createHash("sha256").update(JSON.stringify(Object.entries(maps).map(([role, map]) => [role, map.data]))).digest("hex").slice(0, 16);
}

function metadata(instance: ChainInstance, process: Process, suffix = ""): { name: string; namespace: string; labels: Record<string, string> } {
  return { name: `${workloadName(instance, process)}${suffix}`, namespace: instance.namespace, labels: workloadLabels(instance, process) };
}

export function accountArgs(instance: ChainInstance, process: Process): kubernetes.core.v1.ServiceAccountArgs {
  return { metadata: metadata(instance, process), automountServiceAccountToken: false };
}

/** Gives the pod its stable name in DNS, also while it is not ready: a node that catches up needs its peers. */
export function headlessArgs(instance: ChainInstance, process: Process): kubernetes.core.v1.ServiceArgs {
  return {
    metadata: metadata(instance, process),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(instance, process),
      ports: process.ports.map((port) => ({ name: port.name, port: port.number, targetPort: port.name, protocol: port.protocol })),
    },
  };
}

/** The API of the ready node inside the cluster; peers' ports are no part of it. */
export function serviceArgs(instance: ChainInstance, process: Process): kubernetes.core.v1.ServiceArgs {
  const ports = process.ports.filter((port) => port.exposure === "cluster");
  return {
    metadata: metadata(instance, process, "-api"),
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(instance, process),
      ports: ports.map((port) => ({ name: port.name, port: port.number, targetPort: port.name, protocol: port.protocol })),
    },
  };
}

/** The one pod is not evicted by a drain: whoever empties a machine moves the role away first, then deletes the pod. */
export function disruptionArgs(instance: ChainInstance, process: Process): kubernetes.policy.v1.PodDisruptionBudgetArgs {
  return { metadata: metadata(instance, process), spec: { minAvailable: 1, selector: { matchLabels: selectorLabels(instance, process) } } };
}

export function workloadArgs(instance: ChainInstance, process: Process, filesChecksum: string): kubernetes.apps.v1.StatefulSetArgs {
  const { storageClasses } = instance.placement;
  return {
    metadata: {
      ...metadata(instance, process),
      // A producer becomes ready only after its key was imported, which is no part of any stack.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      serviceName: workloadName(instance, process),
      replicas: 1,
      // With OrderedReady a pod that never gets ready keeps its successor, and the fix in it, from being made.
      podManagementPolicy: "Parallel",
      revisionHistoryLimit: 5,
      selector: { matchLabels: selectorLabels(instance, process) },
      template: podTemplate(instance, process, filesChecksum),
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      volumeClaimTemplates: process.volumes.map((volume) => ({
        metadata: { name: volume.name, labels: selectorLabels(instance, process) },
        spec: {
          // One node at a time, and one pod at a time on it.
          accessModes: ["ReadWriteOncePod"],
          storageClassName: storageClasses[volume.storage],
          resources: { requests: { storage: `${volume.sizeGiB}Gi` } },
        },
      })),
    },
  };
}
