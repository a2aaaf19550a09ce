import type { V1ConfigMap, V1Pod } from "@kubernetes/client-node";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { monitoringFolder, writeMonitoringFiles } from "../../../lab/servers/monitoring-files";
import { documents } from "../../../lab/servers/monitoring-sync";
import { podTargets } from "../../../lab/servers/pod-targets";

const state = mkdtempSync(join(tmpdir(), "chainstead-monitoring-"));
const folder = monitoringFolder(state, "a");
afterAll(() => rmSync(state, { recursive: true, force: true }));

const scrape = `
- job_name: gates
  kubernetes_sd_configs: [{ role: pod, namespaces: { names: [chain-cosmos-local] } }]
  relabel_configs:
    - { source_labels: [__meta_kubernetes_pod_container_port_name], regex: gate, action: keep }
`;

const pod: V1Pod = {
  metadata: { name: "cosmos-local-node-0", namespace: "chain-cosmos-local", uid: "u", labels: { "app.kubernetes.io/name": "cosmos" }, ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "cosmos-local-node", uid: "s", controller: true }] },
  spec: {
    nodeName: "node-a1",
    containers: [{ name: "node", image: "cometbft", ports: [{ name: "rpc", containerPort: 26657 }, { name: "p2p", containerPort: 26656, protocol: "TCP" }] }],
    initContainers: [{ name: "gate", image: "agents", restartPolicy: "Always", ports: [{ name: "gate", containerPort: 9470 }] }, { name: "keys", image: "vault" }],
  },
  status: { phase: "Running", podIP: "198.18.16.2", hostIP: "198.18.0.1", conditions: [{ type: "Ready", status: "True" }] },
};

test("pods become the targets that Kubernetes discovery would have found", () => {
  const groups = podTargets([pod]);
  expect(groups.map((group) => group.targets)).toEqual([["198.18.16.2:26657"], ["198.18.16.2:26656"], ["198.18.16.2:9470"], ["198.18.16.2"]]);
  expect(groups[2]?.labels).toEqual({
    __meta_kubernetes_namespace: "chain-cosmos-local",
    __meta_kubernetes_pod_name: "cosmos-local-node-0",
    __meta_kubernetes_pod_uid: "u",
    __meta_kubernetes_pod_ip: "198.18.16.2",
    __meta_kubernetes_pod_host_ip: "198.18.0.1",
    __meta_kubernetes_pod_node_name: "node-a1",
    __meta_kubernetes_pod_phase: "Running",
    __meta_kubernetes_pod_ready: "true",
    __meta_kubernetes_pod_controller_kind: "StatefulSet",
    __meta_kubernetes_pod_controller_name: "cosmos-local-node",
    __meta_kubernetes_pod_label_app_kubernetes_io_name: "cosmos",
    __meta_kubernetes_pod_labelpresent_app_kubernetes_io_name: "true",
    __meta_kubernetes_pod_container_name: "gate",
    __meta_kubernetes_pod_container_image: "agents",
    __meta_kubernetes_pod_container_init: "true",
    __meta_kubernetes_pod_container_port_name: "gate",
    __meta_kubernetes_pod_container_port_number: "9470",
    __meta_kubernetes_pod_container_port_protocol: "TCP",
  });
});

test("a pod without address, or one that has ended, is no target", () => {
  expect(podTargets([{ ...pod, status: {} }, { ...pod, status: { ...pod.status, phase: "Succeeded" } }])).toEqual([]);
});

test("the program's scrape document keeps its relabelling; only the discovery is the lab's", () => {
  expect(writeMonitoringFiles(state, "a", { scrapeConfigs: scrape })).toEqual({ prometheus: true, alertmanager: true });
  const config = parse(readFileSync(join(folder, "prometheus.yml"), "utf8")) as { scrape_configs: unknown[]; alerting: unknown };
  expect(config.scrape_configs).toEqual([
    {
      job_name: "gates",
      file_sd_configs: [{ files: [join(folder, "pods.json")], refresh_interval: "1m" }],
      relabel_configs: [
        { source_labels: ["__meta_kubernetes_namespace"], regex: "chain-cosmos-local", action: "keep" },
        { source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: "gate", action: "keep" },
      ],
    },
  ]);
  expect(config.alerting).toEqual({ alertmanagers: [{ static_configs: [{ targets: ["198.18.0.1:9093", "198.18.0.2:9093"] }] }] });
});

test("servers read their files again only when these changed", () => {
  writeMonitoringFiles(state, "a", { scrapeConfigs: scrape, rules: { "x.yml": "groups: []" } });
  expect(writeMonitoringFiles(state, "a", { scrapeConfigs: scrape, rules: { "x.yml": "groups: []" } })).toEqual({ prometheus: false, alertmanager: false });
  expect(writeMonitoringFiles(state, "a", { scrapeConfigs: scrape })).toEqual({ prometheus: true, alertmanager: false });
  expect(existsSync(join(folder, "rules", "x.yml"))).toBe(false);
});

test("a secret's path in a pod becomes one in the lab's folder, where the file is", () => {
  writeMonitoringFiles(state, "a", { alertmanager: "receivers: [{ slack_configs: [{ api_url_file: /etc/alertmanager/secrets/slack-webhook-url }] }]" });
  const path = /api_url_file: (\S+) /.exec(readFileSync(join(folder, "alertmanager.yml"), "utf8"))?.[1] ?? "";
  expect(readFileSync(path, "utf8")).toMatch(/^http:\/\/198\.18\.0\.50:9301\//);
});

test("a discovery that the lab does not have is refused by name", () => {
  const nodes = "- { job_name: machines, kubernetes_sd_configs: [{ role: node }] }";
  expect(() => writeMonitoringFiles(state, "a", { scrapeConfigs: nodes })).toThrow(/machines.*role "node"/);
});

test("documents are found by their file names, whatever the ConfigMaps are called", () => {
  const maps: V1ConfigMap[] = [
    { metadata: { name: "prometheus" }, data: { "scrape_configs.yml": "[]", "rules.yml": "groups: []" } },
    { metadata: { name: "alertmanager" }, data: { "alertmanager.yml": "route: {}" } },
    { metadata: { name: "kube-root-ca.crt" }, data: { "ca.crt": "x" } },
  ];
  expect(documents(maps)).toEqual({ rules: { "prometheus-rules.yml": "groups: []" }, scrapeConfigs: "[]", alertmanager: "route: {}" });
  expect(documents([])).toEqual({ rules: {}, scrapeConfigs: undefined, alertmanager: undefined });
});
