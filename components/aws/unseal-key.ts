import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountMayAdminister } from "./keys";

export interface UnsealKeyArgs {
  /** Twelve digits. */
  readonly account: string;
  /** Where the primary stands, as a stable word. */
  readonly primary: string;
  /** Providers of the regions that get a replica, by region. */
  readonly replicas: Readonly<Record<string, aws.Provider>>;
}

/** One multi-region key that unseals the Vaults of both regions: each finds its replica in its own region when the other is gone. */
export class UnsealKey extends pulumi.ComponentResource {
  /** ARN of the key in each region, by region. */
  readonly arns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: UnsealKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:UnsealKey", name, {}, opts);
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [accountMayAdminister(args.account)] });
    // Without it a sealed Vault stays sealed for ever.
    const kept = { parent: this, protect: true, retainOnDelete: true };
    const primary = new aws.kms.Key(`${name}-${args.primary}`, { description: name, multiRegion: true, enableKeyRotation: true, deletionWindowInDays: 30, policy }, kept);
    const replicas = Object.entries(args.replicas).map(([region, provider]) => {
      const replica = new aws.kms.ReplicaKey(`${name}-${region}`, { description: name, primaryKeyArn: primary.arn, deletionWindowInDays: 30, policy }, { ...kept, provider });
      return [region, replica.arn] as const;
    });
    this.arns = { [args.primary]: primary.arn, ...Object.fromEntries(replicas) };
    this.registerOutputs({ arns: this.arns });
  }
}
