import type { KubernetesObject, V1ClusterRole, V1ClusterRoleBinding, V1PolicyRule } from "@kubernetes/client-node";
import { KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

const everyVerb = ["get", "list", "watch", "create", "update", "patch", "delete"];
const read = ["get", "list", "watch"];

/** What a kubelet may do, for the one process that stands for all nodes of a region; it also provides volumes. */
const nodeAgentRules: readonly V1PolicyRule[] = [
  { apiGroups: [""], resources: ["nodes", "nodes/status", "pods", "pods/status", "persistentvolumes", "persistentvolumes/status", "persistentvolumeclaims", "persistentvolumeclaims/status", "events"], verbs: everyVerb },
  { apiGroups: [""], resources: ["services", "endpoints", "configmaps", "secrets", "namespaces", "serviceaccounts"], verbs: read },
  { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: everyVerb },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: everyVerb },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses", "csinodes", "volumeattachments"], verbs: everyVerb },
  { apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"], verbs: read },
];

/** What Kubernetes service discovery reads, and the ConfigMaps that hold the rules and the routes. */
const monitoringRules: readonly V1PolicyRule[] = [{ apiGroups: [""], resources: ["pods", "services", "endpoints", "nodes", "configmaps"], verbs: read }];

function grant(group: string, rules: readonly V1PolicyRule[]): KubernetesObject[] {
  const role: V1ClusterRole = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: group }, rules: [...rules] };
  const binding: V1ClusterRoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: group },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: group },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
  };
  return [role, binding];
}

/**
 * Gives the lab's own users their roles. Server-side apply, so a second call changes nothing. These objects are the lab's,
 * as a cloud's own system objects are the cloud's; the program neither declares nor deletes them.
 *
 * @param kubeconfig path of the administrator's kubeconfig
 */
export async function grantLabUsers(kubeconfig: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of [...grant("chainstead:node-agents", nodeAgentRules), ...grant("chainstead:monitoring", monitoringRules)]) {
    await api.patch(object, undefined, undefined, "chainstead-lab", true, PatchStrategy.ServerSideApply);
  }
}
