import type { ResourceValidationPolicy } from "@pulumi/policy";

export const encryption: ResourceValidationPolicy = {
  name: "encryption",
  description: "Cluster secrets, node disks, volumes, databases and file stores are encrypted at rest.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource: (args, report) => {
    const check = checks[args.type];
    if (check === undefined) return;
    for (const problem of check(args.props)) report(problem);
  },
};

type Props = Record<string, unknown>;

const checks: Record<string, (props: Props) => string[]> = {
  "aws:eks/cluster:Cluster": (props) => {
    const { encryptionConfig } = props as { encryptionConfig?: { resources?: string[] } };
    return encryptionConfig?.resources?.includes("secrets") ? [] : ["Kubernetes secrets are not encrypted with a key of ours. Set encryptionConfig for `secrets`."];
  },
  "aws:ec2/launchTemplate:LaunchTemplate": (props) => {
    const { blockDeviceMappings } = props as { blockDeviceMappings?: { deviceName?: string; ebs?: { encrypted?: string | boolean } }[] };
    if ((blockDeviceMappings ?? []).length === 0) return ["The launch template declares no block device, so the root disk follows the account's default. Declare it with ebs.encrypted: true."];
    return (blockDeviceMappings ?? [])
      .filter((device) => String(device.ebs?.encrypted) !== "true")
      .map((device) => `Block device ${device.deviceName} is not encrypted. Set ebs.encrypted: true.`);
  },
  "aws:ebs/volume:Volume": mustBeTrue("encrypted"),
  "aws:efs/fileSystem:FileSystem": mustBeTrue("encrypted"),
  "aws:rds/cluster:Cluster": mustBeTrue("storageEncrypted"),
  "aws:rds/instance:Instance": mustBeTrue("storageEncrypted"),
  "kubernetes:storage.k8s.io/v1:StorageClass": (props) => {
    const { provisioner, parameters } = props as { provisioner?: string; parameters?: Record<string, string> };
    return provisioner === "ebs.csi.aws.com" && parameters?.["encrypted"] !== "true" ? ['StorageClass for EBS without parameters.encrypted: "true".'] : [];
  },
};

function mustBeTrue(property: string): (props: Props) => string[] {
  return (props) => (props[property] === true ? [] : [`Set ${property}: true.`]);
}
