import type { V1Container, V1ContainerPort, V1Pod } from "@kubernetes/client-node";

/** An entry of Prometheus' file-based discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What Prometheus' Kubernetes discovery by role `pod` finds: one target for each declared port of each container, native
 * sidecars included, and one without a port for a container that declares none.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod
 */
export function podTargets(pods: readonly V1Pod[]): TargetGroup[] {
  return pods.flatMap((pod) => {
    const ip = pod.status?.podIP;
    if (!ip || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return [];
    const shared = podLabels(pod, ip);
    const containers = [
      ...(pod.spec?.containers ?? []).map((container) => ({ container, init: false })),
      ...(pod.spec?.initContainers ?? []).map((container) => ({ container, init: true })),
    ];
    return containers.flatMap(({ container, init }) =>
      portsOf(container).map((port) => ({
        targets: [port === undefined ? ip : `${ip}:${port.containerPort}`],
        labels: { ...shared, ...containerLabels(container, init), ...portLabels(port) },
      })),
    );
  });
}

function portsOf(container: V1Container): readonly (V1ContainerPort | undefined)[] {
  return container.ports?.length ? container.ports : [undefined];
}

function podLabels(pod: V1Pod, ip: string): Record<string, string> {
  const { metadata, spec, status } = pod;
  const owner = metadata?.ownerReferences?.find((o) => o.controller);
  return withPrefix("__meta_kubernetes_", {
    namespace: metadata?.namespace ?? "",
    pod_name: metadata?.name ?? "",
    pod_uid: metadata?.uid ?? "",
    pod_ip: ip,
    pod_host_ip: status?.hostIP ?? "",
    pod_node_name: spec?.nodeName ?? "",
    pod_phase: status?.phase ?? "",
    pod_ready: (status?.conditions?.find((c) => c.type === "Ready")?.status ?? "unknown").toLowerCase(),
    ...(owner ? { pod_controller_kind: owner.kind, pod_controller_name: owner.name } : {}),
    ...eachWith("pod_label", metadata?.labels),
    ...eachWith("pod_annotation", metadata?.annotations),
  });
}

function containerLabels(container: V1Container, init: boolean): Record<string, string> {
  return withPrefix("__meta_kubernetes_pod_container_", { name: container.name, image: container.image ?? "", init: String(init) });
}

function portLabels(port: V1ContainerPort | undefined): Record<string, string> {
  if (port === undefined) return {};
  return withPrefix("__meta_kubernetes_pod_container_port_", { name: port.name ?? "", number: String(port.containerPort), protocol: port.protocol ?? "TCP" });
}

/** Label names allow letters, digits and underscores only; Prometheus turns the rest into underscores. */
function eachWith(kind: string, values: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const entries = Object.entries(values ?? {}).map(([key, value]) => [key.replace(/[^a-zA-Z0-9_]/g, "_"), value] as const);
  return Object.fromEntries(entries.flatMap(([key, value]) => [[`${kind}_${key}`, value], [`${kind}present_${key}`, "true"]]));
}

function withPrefix(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
}
