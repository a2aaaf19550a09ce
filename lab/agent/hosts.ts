import type { ClusterView, EndpointSlice, Pod } from "./kube-types";

const domain = "cluster.local";
const serviceLabel = "kubernetes.io/service-name";

/**
 * The hosts file of a pod: what the cluster's DNS would answer. Every Service of the region, headless or not, resolves
 * to the addresses of its ready endpoints, because nothing routes ClusterIPs here: a Service whose `port` differs from
 * its `targetPort` must be addressed by the target port.
 */
export function renderHosts(pod: Pod, podIP: string, view: Pick<ClusterView, "services" | "slices">): string {
  const namespace = pod.metadata.namespace ?? "";
  const hostname = hostnameOf(pod);
  const own = pod.spec.subdomain ? [`${hostname}.${pod.spec.subdomain}.${namespace}.svc.${domain}`, hostname] : [hostname];
  const lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", `${podIP} ${own.join(" ")}`];
  return `${[...lines, ...serviceLines(namespace, view)].join("\n")}\n`;
}

/** A pod's host name, as `hostname` shows it: cut to what the kernel holds. */
export function hostnameOf(pod: Pod): string {
  return (pod.spec.hostname ?? pod.metadata.name).slice(0, 63);
}

function serviceLines(namespace: string, view: Pick<ClusterView, "services" | "slices">): string[] {
  const slices = new Map<string, EndpointSlice[]>();
  for (const slice of view.slices()) {
    const service = slice.metadata.labels?.[serviceLabel];
    if (!service || slice.addressType !== "IPv4") continue;
    const key = `${slice.metadata.namespace}/${service}`;
    slices.set(key, [...(slices.get(key) ?? []), slice]);
  }
  const lines: string[] = [];
  for (const service of view.services()) {
    if (service.spec.type === "ExternalName") continue;
    const { name, namespace: home = "" } = service.metadata;
    const endpoints = (slices.get(`${home}/${name}`) ?? []).flatMap((slice) => slice.endpoints ?? []).filter((e) => e.conditions?.ready !== false);
    for (const endpoint of endpoints) {
      for (const address of endpoint.addresses) {
        lines.push(`${address} ${names(name, home, namespace)}`);
        if (endpoint.hostname) lines.push(`${address} ${names(`${endpoint.hostname}.${name}`, home, namespace)}`);
      }
    }
  }
  return [...new Set(lines)].sort();
}

/** All spellings that the search list of the cluster's DNS allows; the bare name only inside its own namespace. */
function names(name: string, home: string, namespace: string): string {
  const spellings = [`${name}.${home}.svc.${domain}`, `${name}.${home}.svc`, `${name}.${home}`];
  return (home === namespace ? [...spellings, name] : spellings).join(" ");
}
