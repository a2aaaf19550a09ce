import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { charts } from "../charts";
import { priorityClassNames } from "./priorities";
import { namespaceArgs, releaseArgs } from "./release";

/** Watches system calls on every node. It must see all of a node, so its namespace alone is privileged. */
export class Falco extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never>, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:Falco", name, {}, opts);
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, namespaceArgs("falco", "privileged"), { parent: this });
    new kubernetes.helm.v3.Release(`${name}-release`, releaseArgs(charts.falco, "falco", namespace.metadata.name, falcoValues()), { parent: this });
    this.registerOutputs({});
  }
}

export function falcoValues(): Record<string, unknown> {
  return {
    // Neither a kernel module nor headers: the only driver that Bottlerocket's read-only system takes.
    driver: { kind: "modern_ebpf" },
    podPriorityClassName: priorityClassNames.platform,
    tty: true,
    // Otherwise rules change by themselves, outside of any review.
    falcoctl: { artifact: { install: { enabled: false }, follow: { enabled: false } } },
    falcosidekick: { enabled: true, replicaCount: 2 },
  };
}
