import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Names of the classes, as pods refer to them. */
export const priorityClassNames = { producer: "chainstead-producer", platform: "chainstead-platform" } as const;

/** Who stays when a node is short: what signs, then what watches, then everything else. */
export class Priorities extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never>, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:Priorities", name, {}, opts);
    const child = { parent: this };
    new kubernetes.scheduling.v1.PriorityClass(`${name}-producer`, classArgs(priorityClassNames.producer, 1_000_000, "Block producers and their standbys: never evicted for anything of ours"), child);
    new kubernetes.scheduling.v1.PriorityClass(`${name}-platform`, classArgs(priorityClassNames.platform, 500_000, "Vault, monitoring and runtime security"), child);
    this.registerOutputs({});
  }
}

function classArgs(className: string, value: number, description: string): kubernetes.scheduling.v1.PriorityClassArgs {
  return { metadata: { name: className }, value, globalDefault: false, preemptionPolicy: "PreemptLowerPriority", description };
}
