import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCluster } from "../cluster";
import { assumedBy } from "./trust";

export interface ClusterArgs {
  /** Minor version, e.g. `1.35`. Only versions in standard support are accepted by EKS with these settings. */
  readonly kubernetesVersion: string;
  readonly vpcId: pulumi.Input<string>;
  /** One subnet per zone, by zone. */
  readonly subnetIds: Readonly<Record<string, pulumi.Input<string>>>;
  readonly serviceCidr: string;
  /** Networks from which operators and this program reach the private API endpoint, by stable word. */
  readonly clients: Readonly<Record<string, string>>;
  /** ARNs of the IAM roles that administer the cluster, by stable word. Nobody else has access, not even the role that creates it. */
  readonly administrators: Readonly<Record<string, string>>;
  readonly secretsKeyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  /** Days that control-plane logs are kept. */
  readonly logDays: number;
}

/** An EKS control plane that only the VPC and its peers reach. */
export class Cluster extends pulumi.ComponentResource implements KubernetesCluster {
  readonly name: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly certificateAuthority: pulumi.Output<string>;
  /** The cluster's OpenID Connect issuer, by which AWS trusts its service accounts. */
  readonly issuer: pulumi.Output<string>;
  /** Add-ons that nodes need before they can become ready. */
  readonly nodePrerequisites: readonly pulumi.Resource[];

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Cluster", name, {}, opts);
    const child = { parent: this };
    // Made before the cluster: otherwise EKS creates the group itself, without retention and encryption.
    const logs = new aws.cloudwatch.LogGroup(`${name}-logs`, { name: `/aws/eks/${name}/cluster`, retentionInDays: args.logDays, kmsKeyId: args.logsKeyArn }, child);
    const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy: assumedBy("eks.amazonaws.com") }, child);
    const policy = new aws.iam.RolePolicyAttachment(`${name}-role-policy`, { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" }, child);
    const group = new aws.ec2.SecurityGroup(`${name}-api`, apiGroup(args), child);
    const cluster = new aws.eks.Cluster(`${name}-control-plane`, clusterArgs(name, args, role, group), { parent: this, protect: true, dependsOn: [logs, policy] });
    for (const [word, principalArn] of Object.entries(args.administrators)) this.admit(name, word, principalArn, cluster);
    this.nodePrerequisites = earlyAddons.map((addon) => new aws.eks.Addon(`${name}-addon-${addon.addonName}`, { ...addon, clusterName: cluster.name, resolveConflictsOnCreate: "NONE" }, child));
    this.name = cluster.name;
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.data;
    this.issuer = cluster.identities[0]!.oidcs[0]!.issuer;
    this.registerOutputs({ name: this.name, endpoint: this.endpoint, certificateAuthority: this.certificateAuthority });
  }

  private admit(name: string, word: string, principalArn: string, cluster: aws.eks.Cluster): void {
    const entry = new aws.eks.AccessEntry(`${name}-access-${word}`, { clusterName: cluster.name, principalArn }, { parent: this });
    new aws.eks.AccessPolicyAssociation(
      `${name}-access-${word}-admin`,
      { clusterName: cluster.name, principalArn, policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", accessScope: { type: "cluster" } },
      { parent: this, dependsOn: [entry] },
    );
  }
}

/** Without `addonVersion` EKS installs its default for the pinned Kubernetes version and never changes it by itself. */
const earlyAddons = [
  // Network policies are not enforced unless this is said; the chains' default-deny would be decoration.
  { addonName: "vpc-cni", configurationValues: JSON.stringify({ enableNetworkPolicy: "true" }) },
  { addonName: "kube-proxy" },
  { addonName: "eks-pod-identity-agent" },
] as const;

function apiGroup(args: ClusterArgs): aws.ec2.SecurityGroupArgs {
  return {
    vpcId: args.vpcId,
    description: "Kubernetes API, from declared networks only",
    ingress: Object.entries(args.clients).map(([word, cidr]) => ({ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [cidr], description: word })),
    egress: [],
  };
}

function clusterArgs(name: string, args: ClusterArgs, role: aws.iam.Role, group: aws.ec2.SecurityGroup): aws.eks.ClusterArgs {
  return {
    name,
    version: args.kubernetesVersion,
    roleArn: role.arn,
    vpcConfig: { subnetIds: Object.values(args.subnetIds), securityGroupIds: [group.id], endpointPrivateAccess: true, endpointPublicAccess: false },
    kubernetesNetworkConfig: { serviceIpv4Cidr: args.serviceCidr, ipFamily: "ipv4" },
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { provider: { keyArn: args.secretsKeyArn }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    bootstrapSelfManagedAddons: false,
    // Extended support costs six times as much and would begin by itself.
    upgradePolicy: { supportType: "STANDARD" },
    zonalShiftConfig: { enabled: true },
    deletionProtection: true,
  };
}
