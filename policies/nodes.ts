import type { ResourceValidationPolicy } from "@pulumi/policy";

export const metadataHopLimit: ResourceValidationPolicy = {
  name: "metadata-hop-limit",
  description: "Pods cannot reach the node's metadata service: tokens are required and the hop limit is 1.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: (args, report) => {
    if (args.type !== "aws:ec2/launchTemplate:LaunchTemplate" && args.type !== "aws:ec2/instance:Instance") return;
    const { metadataOptions } = args.props as { metadataOptions?: { httpTokens?: string; httpPutResponseHopLimit?: number } };
    if (metadataOptions?.httpTokens !== "required") report("Set metadataOptions.httpTokens: required (IMDSv2 only).");
    if (metadataOptions?.httpPutResponseHopLimit !== 1) {
      report(`metadataOptions.httpPutResponseHopLimit is ${metadataOptions?.httpPutResponseHopLimit ?? "not set"}. Set 1: a pod is one hop further away than the node.`);
    }
  },
};
