import { setTimeout as sleep } from "node:timers/promises";
import type { V1StatefulSet } from "@kubernetes/client-node";
import { AppsV1Api, KubeConfig } from "@kubernetes/client-node";
import type { RegionName } from "../layout";
import { regions } from "../layout";
import { kubeconfigPath } from "../servers/kubeconfig";

/** What keeps a region's chains from running as they were declared last, as sentences. */
export async function rollingOut(state: string, region: RegionName): Promise<readonly string[]> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath(state, region, "admin"));
  const { items } = await config.makeApiClient(AppsV1Api).listStatefulSetForAllNamespaces({ labelSelector: "app.kubernetes.io/part-of=chainstead" });
  return items.flatMap((set) => (isRolledOut(set) ? [] : [`region ${region}: StatefulSet ${set.metadata?.name ?? "?"} is not rolled out yet`]));
}

/** The controller has seen the newest declaration, and every pod is of that and ready. */
export function isRolledOut({ metadata, spec, status }: V1StatefulSet): boolean {
  const replicas = spec?.replicas ?? 1;
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && status?.updateRevision === status?.currentRevision && status?.readyReplicas === replicas && (status?.updatedReplicas ?? replicas) === replicas;
}

/** @throws after the time with what is not rolled out, and where the logs are */
export async function untilRolledOut(state: string, where: readonly RegionName[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const left = (await Promise.all(where.map((region) => rollingOut(state, region)))).flat();
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${left.join("; ")} after ${timeoutMs / 1000} s; pods' logs are in ${state}/logs/pods`);
    await sleep(500, undefined, { signal });
  }
}

/** Regions of which a stack's name speaks: `local-a-chains` is of region a. */
export function regionOfStack(stack: string): readonly RegionName[] {
  return regions.filter((region) => stack.endsWith(`-${region}-chains`));
}
