import { stringify } from "yaml";

const label = (name: string): string => `__meta_kubernetes_pod_label_${name.replace(/[^a-zA-Z0-9_]/g, "_")}`;

/** Labels of a chain's pods -> labels of every sample; the alerts group by them. */
const labels: Readonly<Record<string, string>> = {
  chain: label("app.kubernetes.io/name"),
  network: label("chainstead.dev/network"),
  instance: label("app.kubernetes.io/instance"),
  region: label("chainstead.dev/region"),
  process: label("chainstead.dev/process"),
  pod: "__meta_kubernetes_pod_name",
};

/**
 * The list of scrape configurations: pods of this project are found by their label, their ports by name. `gate` and
 * `probe` are ours; `metrics` is the node's own.
 */
export function scrapeDocument(): string {
  const jobs = ["gate", "probe", "metrics"].map((port) => ({
    job_name: `chainstead-${port}`,
    // The node's own metrics are many and nothing pages on them.
    scrape_interval: port === "metrics" ? "15s" : "5s",
    scrape_timeout: "4s",
    kubernetes_sd_configs: [{ role: "pod" }],
    relabel_configs: [
      { source_labels: [label("app.kubernetes.io/part-of")], regex: "chainstead", action: "keep" },
      { source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: port, action: "keep" },
      ...Object.entries(labels).map(([target, source]) => ({ source_labels: [source], target_label: target })),
    ],
    // Agents name chain and region themselves too; discovery is the one that all samples have in common.
    metric_relabel_configs: [{ regex: "exported_(chain|network|region)|instance_name", action: "labeldrop" }],
  }));
  return stringify({ scrape_configs: jobs }, { lineWidth: 0 });
}
