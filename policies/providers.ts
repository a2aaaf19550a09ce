import type { ResourceValidationPolicy } from "@pulumi/policy";

export const explicitProvider: ResourceValidationPolicy = {
  name: "explicit-provider",
  description: "Every resource names its provider, and every Kubernetes provider says which cluster it is, so nothing lands in the wrong region.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: (args, report) => {
    if (args.provider !== undefined && /^default(_|$)/.test(args.provider.name)) {
      report(`Uses the default provider ${args.provider.name}. Hand down the region's provider.`);
    }
    if (args.type === "pulumi:providers:kubernetes") {
      const { clusterIdentifier } = args.props as { clusterIdentifier?: string };
      if (!clusterIdentifier) report("Set clusterIdentifier: without it a changed kubeconfig replaces everything in the cluster.");
    }
  },
};
