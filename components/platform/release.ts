import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartPin } from "../charts";

/** Pod Security level that the namespace enforces. */
export type SecurityLevel = "privileged" | "baseline" | "restricted";

export function namespaceArgs(name: string, level: SecurityLevel): kubernetes.core.v1.NamespaceArgs {
  return { metadata: { name, labels: { "app.kubernetes.io/part-of": "chainstead", "pod-security.kubernetes.io/enforce": level } } };
}

/** A chart as one release with Helm's full semantics: hooks run, and a failed upgrade is rolled back. */
export function releaseArgs(pin: ChartPin, name: string, namespace: pulumi.Input<string>, values: Record<string, unknown>): kubernetes.helm.v3.ReleaseArgs {
  return {
    name,
    namespace,
    chart: pin.chart,
    version: pin.version,
    repositoryOpts: { repo: pin.repository },
    atomic: true,
    // Seconds. Volumes and five servers one after the other take a few minutes.
    timeout: 600,
    values,
  };
}
