import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { instanceLabels, type ChainInstance } from "./instance";

export interface HomeArgs {
  readonly instance: ChainInstance;
}

/** The namespace of one chain: restricted pods, and no traffic at all until a process opens what it needs. */
export class Home extends pulumi.ComponentResource {
  readonly namespace: kubernetes.core.v1.Namespace;

  constructor(name: string, args: HomeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:chains:Home", name, {}, opts);
    const { instance } = args;
    const protect = instance.placement.protect ?? true;
    this.namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, namespaceArgs(instance), { parent: this, protect });
    new kubernetes.networking.v1.NetworkPolicy(`${name}-default-deny`, defaultDeny(instance), { parent: this, dependsOn: this.namespace });
    this.registerOutputs({ namespace: this.namespace.metadata.name });
  }
}

export function namespaceArgs(instance: ChainInstance): kubernetes.core.v1.NamespaceArgs {
  return {
    metadata: {
      name: instance.namespace,
      labels: {
        ...instanceLabels(instance),
        // https://kubernetes.io/docs/concepts/security/pod-security-standards/
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  };
}

export function defaultDeny(instance: ChainInstance): kubernetes.networking.v1.NetworkPolicyArgs {
  return {
    metadata: { name: "default-deny", namespace: instance.namespace, labels: instanceLabels(instance) },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}
