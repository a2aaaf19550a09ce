import type { V1ConfigMap } from "@kubernetes/client-node";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import type { RegionName } from "../layout";
import { ports, sites } from "../layout";
import { kubeconfigPath } from "./kubeconfig";
import type { MonitoringDocuments } from "./monitoring-files";
import { podTargetsFile, writeMonitoringFiles } from "./monitoring-files";
import { podTargets } from "./pod-targets";
import { writePrivateFile } from "./private-file";

const namespace = "monitoring";
const everyMs = 2_000;

/**
 * Keeps a region's monitoring as its API server says, until the signal ends it: the program's ConfigMaps become files (as a
 * configuration reloader does in a cluster) and the pods become targets (as service discovery does).
 *
 * @param say where a line goes when something changed or cannot be read
 */
export async function keepMonitoring(state: string, region: RegionName, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath(state, region, "prometheus"));
  const api = config.makeApiClient(CoreV1Api);
  let trouble = "";
  while (!signal.aborted) {
    try {
      await syncOnce(api, state, region, say);
      trouble = "";
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== trouble) say(`monitoring of region ${region} cannot follow the API server yet: ${text}`);
      trouble = text;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function syncOnce(api: CoreV1Api, state: string, region: RegionName, say: (line: string) => void): Promise<void> {
  const [maps, pods] = await Promise.all([api.listNamespacedConfigMap({ namespace }), api.listPodForAllNamespaces()]);
  // Prometheus watches this file itself.
  writePrivateFile(podTargetsFile(state, region), JSON.stringify(podTargets(pods.items), undefined, 1));
  const changed = writeMonitoringFiles(state, region, documents(maps.items));
  if (changed.prometheus) await reload(`http://${sites[region].address}:${ports.prometheus}`, "Prometheus", say);
  if (changed.alertmanager) await reload(`http://${sites[region].address}:${ports.alertmanager}`, "Alertmanager", say);
}

/** Finds the program's documents by the file names they would have in a pod, whatever the ConfigMaps are called. */
export function documents(maps: readonly V1ConfigMap[]): MonitoringDocuments {
  const files = maps.flatMap((map) => Object.entries(map.data ?? {}).map(([file, text]) => ({ file, text, name: `${map.metadata?.name ?? ""}-${file}` })));
  return {
    rules: Object.fromEntries(files.filter(({ file }) => /rules?\.ya?ml$/.test(file)).map(({ name, text }) => [name, text])),
    scrapeConfigs: files.find(({ file }) => /^scrape[-_]configs?\.ya?ml$/.test(file))?.text,
    alertmanager: files.find(({ file }) => /^alertmanager\.ya?ml$/.test(file))?.text,
  };
}

/** Both servers check the new files and keep the old ones when they are wrong; the answer then says why. */
async function reload(server: string, name: string, say: (line: string) => void): Promise<void> {
  const response = await fetch(`${server}/-/reload`, { method: "POST", signal: AbortSignal.timeout(10_000) });
  const text = (await response.text()).trim();
  say(response.ok ? `${name} reads its new configuration` : `${name} refused its new configuration and keeps the old one: ${text}`);
}
