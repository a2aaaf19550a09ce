import * as pulumi from "@pulumi/pulumi";
import type { KubernetesCluster } from "../cluster";

export interface ClusterArgs {
  /** HTTPS address of the API server that the lab runs for the region. */
  readonly endpoint: string;
  /** PEM in base64. */
  readonly certificateAuthority: pulumi.Input<string>;
}

/** The control plane that the lab runs for a region. It has no children: its servers are processes, and the lab supervises those. */
export class Cluster extends pulumi.ComponentResource implements KubernetesCluster {
  readonly name: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  readonly certificateAuthority: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:local:Cluster", name, {}, opts);
    this.name = pulumi.output(name);
    this.endpoint = pulumi.output(args.endpoint);
    this.certificateAuthority = pulumi.output(args.certificateAuthority);
    this.registerOutputs({ name: this.name, endpoint: this.endpoint, certificateAuthority: this.certificateAuthority });
  }
}
