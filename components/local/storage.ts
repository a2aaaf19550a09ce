import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultClass, storageClassNames, type StorageClasses } from "../storage";

/** Name under which the lab's node agent provides directories as volumes. */
export const directoryProvisioner = "chainstead.dev/local";

/** Directories of the machine; nothing of them is kept when the lab is taken down. */
export class Storage extends pulumi.ComponentResource implements StorageClasses {
  readonly fast: pulumi.Output<string>;
  readonly standard: pulumi.Output<string>;

  constructor(name: string, _args: Record<string, never>, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:local:Storage", name, {}, opts);
    const child = { parent: this };
    const fast = new kubernetes.storage.v1.StorageClass(`${name}-fast`, classArgs(storageClassNames.fast, {}), child);
    const standard = new kubernetes.storage.v1.StorageClass(`${name}-standard`, classArgs(storageClassNames.standard, defaultClass), child);
    this.fast = fast.metadata.name;
    this.standard = standard.metadata.name;
    this.registerOutputs({ fast: this.fast, standard: this.standard });
  }
}

function classArgs(className: string, annotations: Readonly<Record<string, string>>): kubernetes.storage.v1.StorageClassArgs {
  return {
    metadata: { name: className, annotations },
    provisioner: directoryProvisioner,
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
    allowVolumeExpansion: true,
  };
}
