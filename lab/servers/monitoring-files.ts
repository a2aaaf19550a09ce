import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { slackWebhookUrl } from "../sinks/slack";
import type { RegionName } from "../layout";
import { ports, regions, sites } from "../layout";
import { writePrivateFile } from "./private-file";

/** The documents that the program renders, by file name; absent until the platform layer is there. */
export interface MonitoringDocuments {
  /** File name -> text of a rules document. */
  readonly rules?: Readonly<Record<string, string>>;
  /** A list of scrape configurations, or a document with `scrape_configs`. */
  readonly scrapeConfigs?: string;
  readonly alertmanager?: string;
}

/** Where the charts mount Alertmanager's files in a pod; in the lab the same text points into the lab's folder. */
const podFolder = /\/etc\/alertmanager\//g;

const scrapeConfig = z.looseObject({
  job_name: z.string(),
  kubernetes_sd_configs: z.array(z.looseObject({ role: z.string(), namespaces: z.looseObject({ names: z.array(z.string()).optional() }).optional() })).optional(),
});
const scrapeDocument = z.union([z.array(scrapeConfig), z.object({ scrape_configs: z.array(scrapeConfig) }).transform((d) => d.scrape_configs)]);

export function monitoringFolder(state: string, region: RegionName): string {
  return join(state, "config", `monitoring-${region}`);
}

/** What the lab's service discovery found, in the form of Prometheus' file-based discovery. */
export function podTargetsFile(state: string, region: RegionName): string {
  return join(monitoringFolder(state, region), "pods.json");
}

/**
 * Writes the configuration of a region's Prometheus and Alertmanager.
 *
 * @returns which of the two must read its files again
 * @throws when the program's scrape document asks for a discovery that the lab does not have
 */
export function writeMonitoringFiles(state: string, region: RegionName, documents: MonitoringDocuments): { readonly prometheus: boolean; readonly alertmanager: boolean } {
  const folder = monitoringFolder(state, region);
  const rulesChanged = writeRules(join(folder, "rules"), documents.rules ?? {});
  const configChanged = writePrivateFile(join(folder, "prometheus.yml"), stringify(prometheusConfig(folder, region, documents)));
  const webhookChanged = writePrivateFile(join(folder, "secrets", "slack-webhook-url"), slackWebhookUrl);
  const text = documents.alertmanager ?? stringify({ route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] });
  const alertsChanged = writePrivateFile(join(folder, "alertmanager.yml"), text.replace(podFolder, `${folder}/`));
  return { prometheus: rulesChanged || configChanged, alertmanager: alertsChanged || webhookChanged };
}

function writeRules(folder: string, rules: Readonly<Record<string, string>>): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const gone = readdirSync(folder).filter((name) => !(name in rules));
  for (const name of gone) rmSync(join(folder, name));
  const written = Object.entries(rules).map(([name, text]) => writePrivateFile(join(folder, name), text));
  return gone.length > 0 || written.includes(true);
}

/** Around the program's scrape document stands only what a chart's values would add: where alerts go and which rules to read. */
function prometheusConfig(folder: string, region: RegionName, documents: MonitoringDocuments): unknown {
  const scrapes = documents.scrapeConfigs === undefined ? [] : scrapeDocument.parse(parse(documents.scrapeConfigs));
  return {
    // 5 s, as the alerts' "page within 60 s" needs it.
    global: { scrape_interval: "5s", evaluation_interval: "5s", external_labels: { region } },
    alerting: { alertmanagers: [{ static_configs: [{ targets: regions.map((r) => `${sites[r].address}:${ports.alertmanager}`) }] }] },
    rule_files: [join(folder, "rules", "*")],
    scrape_configs: scrapes.map((scrape) => withFileDiscovery(scrape, join(folder, "pods.json"))),
  };
}

/**
 * Debian builds Prometheus without Kubernetes service discovery, so the lab finds the pods itself and writes what that
 * discovery would have found, label for label; the relabelling of the program runs unchanged.
 */
function withFileDiscovery(scrape: z.infer<typeof scrapeConfig>, podsFile: string): unknown {
  const { kubernetes_sd_configs: discovery, ...rest } = scrape;
  if (discovery === undefined) return scrape;
  const other = discovery.find((d) => d.role !== "pod");
  if (other) throw new Error(`scrape configuration ${scrape.job_name}: Kubernetes discovery by role "${other.role}" is not there in the lab; use role "pod"`);
  const namespaces = discovery.flatMap((d) => d.namespaces?.names ?? []);
  const only = namespaces.length === 0 ? [] : [{ source_labels: ["__meta_kubernetes_namespace"], regex: namespaces.join("|"), action: "keep" }];
  const relabel = z.array(z.unknown()).parse(rest["relabel_configs"] ?? []);
  return { ...rest, file_sd_configs: [{ files: [podsFile], refresh_interval: "1m" }], relabel_configs: [...only, ...relabel] };
}
