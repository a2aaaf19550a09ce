import { CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";

import { fenceLabel, instanceLabel, processLabel, simulatedLabel } from "../../chains/labels";
import type { RegionName } from "../layout";
import { kubeconfigPath } from "../servers/kubeconfig";

/** A chain's process as a region's API server knows it. */
export interface ChainPod {
  readonly region: RegionName;
  /** `<chain>-<network>` */
  readonly instance: string;
  readonly process: string;
  readonly name: string;
  readonly namespace: string;
  /** Undefined until the node agent has given it one. */
  readonly ip?: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Has a signer gate in front of it. */
  readonly gated: boolean;
  /** Reported as running although the lab has no program for its image. */
  readonly simulated: boolean;
}

/** All pods of chains in a region. @throws when the region's API server does not answer within `timeoutMs` */
export async function chainPods(state: string, region: RegionName, timeoutMs = 3_000): Promise<readonly ChainPod[]> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath(state, region, "admin"));
  const list = config.makeApiClient(CoreV1Api).listPodForAllNamespaces({ labelSelector: `app.kubernetes.io/part-of=chainstead,${processLabel}` });
  const limit = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error(`the API server of region ${region} did not answer within ${timeoutMs / 1000} s`)), timeoutMs).unref());
  const { items } = await Promise.race([list, limit]);
  return items.map((pod) => chainPod(region, pod));
}

export function chainPod(region: RegionName, pod: V1Pod): ChainPod {
  const labels = pod.metadata?.labels ?? {};
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return {
    region,
    instance: labels[instanceLabel] ?? "?",
    process: labels[processLabel] ?? "?",
    name: pod.metadata?.name ?? "?",
    namespace: pod.metadata?.namespace ?? "?",
    ip: pod.status?.podIP,
    ready: pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false,
    restarts: statuses.reduce((sum, s) => sum + s.restartCount, 0),
    gated: labels[fenceLabel] === "ledger",
    simulated: (labels[simulatedLabel] ?? pod.metadata?.annotations?.[simulatedLabel]) === "true",
  };
}
