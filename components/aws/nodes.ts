import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { assumedBy, assumedByPods } from "./trust";

export interface NodesArgs {
  readonly clusterName: pulumi.Input<string>;
  /** One subnet per zone, by zone. */
  readonly subnetIds: Readonly<Record<string, pulumi.Input<string>>>;
  readonly instanceType: string;
  /** Nodes in each zone; a zone's group can grow to twice as many. */
  readonly perZone: number;
  /** Size of the volume for images and ephemeral storage, in GiB. */
  readonly volumeGiB: number;
}

/** A node group per zone: a volume belongs to a zone, so its pod must find a node there whatever happens to the others. */
export class Nodes extends pulumi.ComponentResource {
  constructor(name: string, args: NodesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Nodes", name, {}, opts);
    const child = { parent: this };
    const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy: assumedBy("ec2.amazonaws.com") }, child);
    const policies = nodePolicies.map((policy) => new aws.iam.RolePolicyAttachment(`${name}-role-${policy}`, { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` }, child));
    const template = new aws.ec2.LaunchTemplate(`${name}-template`, templateArgs(name, args), child);
    const groups = Object.entries(args.subnetIds).map(
      ([zone, subnetId]) => new aws.eks.NodeGroup(`${name}-${zone}`, groupArgs(args, role, template, subnetId), { parent: this, dependsOn: policies, ignoreChanges: ["scalingConfig.desiredSize"] }),
    );
    const csi = new aws.iam.Role(`${name}-ebs-role`, { assumeRolePolicy: assumedByPods }, child);
    const csiPolicy = new aws.iam.RolePolicyAttachment(`${name}-ebs-role-policy`, { role: csi.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy" }, child);
    const afterNodes = { parent: this, dependsOn: [...groups, csiPolicy] };
    for (const addon of lateAddons(csi)) new aws.eks.Addon(`${name}-addon-${addon.addonName}`, { ...addon, clusterName: args.clusterName, resolveConflictsOnCreate: "NONE" }, afterNodes);
    this.registerOutputs({});
  }
}

const nodePolicies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"] as const;

/** Add-ons whose pods must be scheduled; versions follow the cluster's Kubernetes version. */
function lateAddons(csi: aws.iam.Role): readonly Omit<aws.eks.AddonArgs & { addonName: string }, "clusterName">[] {
  return [
    { addonName: "coredns" },
    { addonName: "aws-ebs-csi-driver", podIdentityAssociations: [{ serviceAccount: "ebs-csi-controller-sa", roleArn: csi.arn }] },
    { addonName: "eks-node-monitoring-agent" },
  ];
}

function templateArgs(name: string, args: NodesArgs): aws.ec2.LaunchTemplateArgs {
  return {
    updateDefaultVersion: true,
    // A pod is one hop further away than the node: with a limit of 1 it cannot take the node's role.
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    // Bottlerocket: the system on the first device, images and logs on the second.
    blockDeviceMappings: [
      { deviceName: "/dev/xvda", ebs: { volumeType: "gp3", volumeSize: 4, encrypted: "true", deleteOnTermination: "true" } },
      { deviceName: "/dev/xvdb", ebs: { volumeType: "gp3", volumeSize: args.volumeGiB, encrypted: "true", deleteOnTermination: "true" } },
    ],
    tagSpecifications: [{ resourceType: "instance", tags: { Name: name } }],
  };
}

function groupArgs(args: NodesArgs, role: aws.iam.Role, template: aws.ec2.LaunchTemplate, subnetId: pulumi.Input<string>): aws.eks.NodeGroupArgs {
  return {
    clusterName: args.clusterName,
    nodeRoleArn: role.arn,
    subnetIds: [subnetId],
    amiType: "BOTTLEROCKET_x86_64",
    capacityType: "ON_DEMAND",
    instanceTypes: [args.instanceType],
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    scalingConfig: { minSize: args.perZone, desiredSize: args.perZone, maxSize: args.perZone * 2 },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: true },
  };
}
