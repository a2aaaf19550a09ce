import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultClass, storageClassNames, type StorageClasses } from "../storage";

/** Encrypted EBS volumes that are made in the zone of the pod and outlive their claim. */
export class Storage extends pulumi.ComponentResource implements StorageClasses {
  readonly fast: pulumi.Output<string>;
  readonly standard: pulumi.Output<string>;

  constructor(name: string, _args: Record<string, never>, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Storage", name, {}, opts);
    const child = { parent: this };
    // gp3's ceiling without striping is 16,000 IOPS; 6,000 is twice what the largest of our databases uses while it catches up.
    const fast = new kubernetes.storage.v1.StorageClass(`${name}-fast`, classArgs(storageClassNames.fast, { iops: "6000", throughput: "500" }, {}), child);
    const standard = new kubernetes.storage.v1.StorageClass(`${name}-standard`, classArgs(storageClassNames.standard, {}, defaultClass), child);
    this.fast = fast.metadata.name;
    this.standard = standard.metadata.name;
    this.registerOutputs({ fast: this.fast, standard: this.standard });
  }
}

function classArgs(className: string, parameters: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): kubernetes.storage.v1.StorageClassArgs {
  return {
    metadata: { name: className, annotations },
    provisioner: "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true", "csi.storage.k8s.io/fstype": "ext4", ...parameters },
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Retain",
    allowVolumeExpansion: true,
  };
}
