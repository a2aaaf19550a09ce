import type * as pulumi from "@pulumi/pulumi";

/** Where the clouds meet: what the layers above need to know of a Kubernetes cluster. It holds no credential. */
export interface KubernetesCluster {
  /** Name of the cluster at its cloud; also the identifier under which its provider is known. */
  readonly name: pulumi.Output<string>;
  /** HTTPS address of the API server. */
  readonly endpoint: pulumi.Output<string>;
  /** Certificate authority of the API server, PEM in base64. Empty where the kubeconfig brings it. */
  readonly certificateAuthority: pulumi.Output<string>;
}
