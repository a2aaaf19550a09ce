import type { ClusterView, Container, Pod } from "./kube-types";

/** A container cannot be started as declared; the kubelet's reason is shown in the container's state. */
export class ContainerConfigError extends Error {
  readonly reason = "CreateContainerConfigError";
}

/** What the downward API knows of a running pod besides its object. */
export interface PodFacts {
  readonly podIP: string;
  readonly hostIP: string;
}

/** @throws ContainerConfigError for a field path that is not supported */
export function fieldValue(pod: Pod, facts: PodFacts, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as "labels" | "annotations"]?.[keyed[2] as string] ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name;
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid;
    case "metadata.labels":
      return properties(pod.metadata.labels);
    case "metadata.annotations":
      return properties(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return facts.podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIP;
    default:
      throw new ContainerConfigError(`fieldRef "${path}" is not supported in the local environment; use metadata.*, spec.nodeName, spec.serviceAccountName, status.podIP or status.hostIP`);
  }
}

/** The downward API's rendering of a map: one `key="escaped value"` per line, sorted. */
function properties(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");
}

/** Replaces `$(VAR)` by known variables; `$$` is a dollar sign, an unknown variable is left as it stands. */
export function expand(text: string, vars: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, escape: string, name: string | undefined) => {
    if (escape === "$") return "$";
    return vars.get(name ?? "") ?? whole;
  });
}

/**
 * The environment of a container, in the order of the declaration: what stands later sees, and wins over, what stands earlier.
 * @throws ContainerConfigError when a ConfigMap, Secret or key is missing and not optional
 */
export function resolveEnv(pod: Pod, container: Container, facts: PodFacts, view: ClusterView, base: Readonly<Record<string, string>> = {}): Map<string, string> {
  const vars = new Map(Object.entries(base));
  const namespace = pod.metadata.namespace ?? "";
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of fromSource(namespace, from, view)) vars.set(`${from.prefix ?? ""}${key}`, value);
  }
  for (const entry of container.env ?? []) {
    const value = envValue(pod, container, entry, facts, view, vars);
    if (value !== undefined) vars.set(entry.name, value);
  }
  for (const name of vars.keys()) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new ContainerConfigError(`environment variable "${name}" of container "${container.name}": only letters, digits and _ can be set in the local environment`);
    }
  }
  return vars;
}

type Entry = NonNullable<Container["env"]>[number];

function envValue(pod: Pod, container: Container, entry: Entry, facts: PodFacts, view: ClusterView, vars: Map<string, string>): string | undefined {
  const from = entry.valueFrom;
  if (!from) return expand(entry.value ?? "", vars);
  const namespace = pod.metadata.namespace ?? "";
  if (from.fieldRef) return fieldValue(pod, facts, from.fieldRef.fieldPath);
  if (from.configMapKeyRef) {
    const { name, key, optional } = from.configMapKeyRef;
    const value = view.configMap(namespace, name)?.data?.[key];
    if (value === undefined && !optional) throw missing("ConfigMap", namespace, name, key, container);
    return value;
  }
  if (from.secretKeyRef) {
    const { name, key, optional } = from.secretKeyRef;
    const value = view.secret(namespace, name)?.data?.[key];
    if (value === undefined && !optional) throw missing("Secret", namespace, name, key, container);
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  }
  throw new ContainerConfigError(`environment variable "${entry.name}" of container "${container.name}": its valueFrom is not supported in the local environment (fieldRef, configMapKeyRef and secretKeyRef are)`);
}

function fromSource(namespace: string, from: NonNullable<Container["envFrom"]>[number], view: ClusterView): [string, string][] {
  if (from.configMapRef) {
    const found = view.configMap(namespace, from.configMapRef.name);
    if (!found && !from.configMapRef.optional) throw new ContainerConfigError(`ConfigMap "${namespace}/${from.configMapRef.name}" not found`);
    return Object.entries(found?.data ?? {});
  }
  if (from.secretRef) {
    const found = view.secret(namespace, from.secretRef.name);
    if (!found && !from.secretRef.optional) throw new ContainerConfigError(`Secret "${namespace}/${from.secretRef.name}" not found`);
    return Object.entries(found?.data ?? {}).map(([k, v]) => [k, Buffer.from(v, "base64").toString("utf8")]);
  }
  return [];
}

function missing(kind: string, namespace: string, name: string, key: string, container: Container): ContainerConfigError {
  return new ContainerConfigError(`${kind} "${namespace}/${name}" has no key "${key}", which container "${container.name}" needs`);
}
