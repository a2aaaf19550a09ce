import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

import type { Metadata } from "./workloads";

interface NetworkPolicy {
  metadata?: Metadata;
  spec?: { podSelector?: { matchLabels?: unknown; matchExpressions?: unknown }; policyTypes?: string[]; ingress?: unknown[]; egress?: unknown[] };
}

export const defaultDeny: StackValidationPolicy = {
  name: "default-deny",
  description: "Every namespace of a chain has a network policy that denies all traffic which no other policy allows.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateStack: (args, report) => {
    const closed = new Set(
      args.resources
        .filter((r) => r.type === "kubernetes:networking.k8s.io/v1:NetworkPolicy" && deniesAll(r.props as NetworkPolicy))
        .map((r) => (r.props as NetworkPolicy).metadata?.namespace),
    );
    for (const resource of args.resources) {
      if (resource.type !== "kubernetes:core/v1:Namespace") continue;
      const name = (resource.props as { metadata?: Metadata }).metadata?.name ?? resource.name;
      if (name.startsWith("chain-") && !closed.has(name)) {
        report(`Namespace ${name} has no default-deny NetworkPolicy (empty podSelector, Ingress and Egress, no rules).`, resource.urn);
      }
    }
  },
};

function deniesAll(policy: NetworkPolicy): boolean {
  const spec = policy.spec ?? {};
  const everyPod = spec.podSelector !== undefined && spec.podSelector.matchLabels === undefined && spec.podSelector.matchExpressions === undefined;
  const bothWays = ["Ingress", "Egress"].every((way) => spec.policyTypes?.includes(way));
  return everyPod && bothWays && (spec.ingress ?? []).length === 0 && (spec.egress ?? []).length === 0;
}

export const noPublicEndpoint: ResourceValidationPolicy = {
  name: "no-public-endpoint",
  description: "Nothing of the fleet is reachable from the Internet except declared peer-to-peer ports.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource: (args, report) => {
    const check = publicChecks[args.type];
    if (check === undefined) return;
    for (const problem of check(args.props)) report(problem);
  },
};

type Props = Record<string, unknown>;

const publicChecks: Record<string, (props: Props) => string[]> = {
  "kubernetes:core/v1:Service": (props) => {
    const { metadata, spec } = props as { metadata?: Metadata & { annotations?: Record<string, string> }; spec?: { type?: string } };
    const declared = metadata?.annotations?.["chainstead.dev/public-because"];
    return (spec?.type === "LoadBalancer" || spec?.type === "NodePort") && !declared
      ? [`Service of type ${spec.type} without the annotation chainstead.dev/public-because. Use ClusterIP, or declare the peer-to-peer port's reason.`]
      : [];
  },
  "aws:eks/cluster:Cluster": (props) => {
    const { vpcConfig } = props as { vpcConfig?: { endpointPublicAccess?: boolean; endpointPrivateAccess?: boolean } };
    // The provider's default is public, so absence is a finding.
    return vpcConfig?.endpointPublicAccess === false && vpcConfig.endpointPrivateAccess === true
      ? []
      : ["The cluster's API endpoint is public. Set vpcConfig.endpointPublicAccess: false and endpointPrivateAccess: true."];
  },
  "aws:rds/clusterInstance:ClusterInstance": databasePublic,
  "aws:rds/instance:Instance": databasePublic,
  "aws:ec2/securityGroup:SecurityGroup": (props) => {
    const { ingress } = props as { ingress?: { cidrBlocks?: string[]; ipv6CidrBlocks?: string[]; description?: string }[] };
    return (ingress ?? [])
      .filter((rule) => [...(rule.cidrBlocks ?? []), ...(rule.ipv6CidrBlocks ?? [])].some(isEverywhere) && !/^p2p:/.test(rule.description ?? ""))
      .map(() => "A security group admits the whole Internet. Name the peers, or start the rule's description with `p2p:`.");
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (props) => {
    const { cidrIpv4, cidrIpv6, description } = props as { cidrIpv4?: string; cidrIpv6?: string; description?: string };
    return [cidrIpv4, cidrIpv6].some(isEverywhere) && !/^p2p:/.test(description ?? "")
      ? ["A security group rule admits the whole Internet. Name the peers, or start the rule's description with `p2p:`."]
      : [];
  },
};

function databasePublic(props: Props): string[] {
  return props["publiclyAccessible"] === true ? ["The database is publicly accessible. Set publiclyAccessible: false."] : [];
}

function isEverywhere(cidr: string | undefined): boolean {
  return cidr === "0.0.0.0/0" || cidr === "::/0";
}
