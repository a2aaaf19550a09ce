import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RegionName } from "../layout";
import { kubeApi } from "../layout";
import type { ApiUser, RegionPki } from "./pki";
import { writePrivateFile } from "./private-file";

/** Where the kubeconfig of one of a region's users lies: `.lab/<name>/kube/<region>-<user>.yaml`. */
export function kubeconfigPath(state: string, region: RegionName, user: KubeconfigUser): string {
  return join(state, "kube", `${region}-${user}.yaml`);
}

export type KubeconfigUser = "admin" | "controller-manager" | "scheduler" | "node-agent" | "prometheus";

const apiUserOf: Readonly<Record<KubeconfigUser, ApiUser>> = {
  admin: "admin",
  "controller-manager": "system:kube-controller-manager",
  scheduler: "system:kube-scheduler",
  "node-agent": "node-agent",
  prometheus: "prometheus",
};

/** Writes a kubeconfig for each user of a region. The context is named `lab-<region>`, so that a prompt says where one is. */
export function writeKubeconfigs(state: string, region: RegionName, pki: RegionPki): void {
  for (const user of Object.keys(apiUserOf) as KubeconfigUser[]) {
    writePrivateFile(kubeconfigPath(state, region, user), kubeconfig(region, user, pki));
  }
}

function kubeconfig(region: RegionName, user: KubeconfigUser, pki: RegionPki): string {
  const name = `lab-${region}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: kubeApi(region), "certificate-authority-data": readFileSync(pki.caCert).toString("base64") } }],
    users: [{ name: `${name}-${user}`, user: { token: pki.tokens[apiUserOf[user]] } }],
    contexts: [{ name, context: { cluster: name, user: `${name}-${user}` } }],
  });
}
