import { fenceLabel } from "../chains/labels";

/** The part of a Kubernetes workload that the policies read. Everything is optional: a policy sees what a program wrote. */
export interface Container {
  name?: string;
  image?: string;
  restartPolicy?: string;
  env?: { name?: string; value?: string; valueFrom?: { secretKeyRef?: unknown } }[];
  envFrom?: { secretRef?: unknown }[];
  securityContext?: SecurityContext & { allowPrivilegeEscalation?: boolean; privileged?: boolean };
  volumeMounts?: { name?: string; mountPath?: string }[];
}

interface SecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  securityContext?: SecurityContext;
  volumes?: { name?: string; emptyDir?: { medium?: string } }[];
}

export interface Metadata {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
}

export interface Workload {
  metadata?: Metadata;
  spec?: {
    replicas?: number;
    template?: { metadata?: Metadata; spec?: PodSpec };
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
}

const workloadTypes = /^kubernetes:(apps|batch)\/v1:(StatefulSet|Deployment|DaemonSet|ReplicaSet|Job)$/;

/** The pod that a resource will run, or undefined when it runs none. */
export function podOf(type: string, props: unknown): PodSpec | undefined {
  if (type === "kubernetes:core/v1:Pod") return (props as { spec?: PodSpec }).spec;
  if (type === "kubernetes:batch/v1:CronJob") {
    return (props as { spec?: { jobTemplate?: Workload } }).spec?.jobTemplate?.spec?.template?.spec;
  }
  return workloadTypes.test(type) ? (props as Workload).spec?.template?.spec : undefined;
}

export function containersOf(pod: PodSpec): Container[] {
  return [...(pod.initContainers ?? []), ...(pod.containers ?? [])];
}

/** Every container that a resource will run, with its pod; none for a resource that runs nothing. */
export function eachContainer(type: string, props: unknown): { readonly container: Container; readonly pod: PodSpec }[] {
  const pod = podOf(type, props);
  return pod === undefined ? [] : containersOf(pod).map((container) => ({ container, pod }));
}

/** How the pods of this workload are fenced (`ledger`, `process`, `on-chain`, `none`), or undefined for anything but a chain's process. */
export function fenceOf(type: string, props: unknown): string | undefined {
  if (!workloadTypes.test(type)) return undefined;
  return (props as Workload).spec?.template?.metadata?.labels?.[fenceLabel];
}

/** Fences that hold a role which only one process at a time may have. */
export function holdsProducerRole(fence: string | undefined): boolean {
  return fence === "ledger" || fence === "process";
}

/**
 * Reads something that may be unknown in a preview. The SDK's proxy throws when an unknown is touched, and then reports the whole
 * policy as merely advisory; for what guards a producer, "cannot be known" has to be a finding of its own.
 */
export function known<T>(read: () => T): { readonly value: T } | { readonly unknown: string } {
  try {
    return { value: read() };
  } catch (error) {
    if ((error as Error).constructor.name === "UnknownValueError") return { unknown: (error as Error).message };
    throw error;
  }
}
