/** What a kubeconfig for EKS is made of. */
export interface EksFacts {
  readonly name: string;
  readonly endpoint: string;
  readonly certificateAuthority: string;
  readonly region: string;
}

/** A kubeconfig without a credential: each call asks AWS for a token of the caller's own role, good for a quarter of an hour. */
export function eksKubeconfig({ name, endpoint, certificateAuthority, region }: EksFacts): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            interactiveMode: "Never",
            command: "aws",
            args: ["eks", "get-token", "--region", region, "--cluster-name", name, "--output", "json"],
          },
        },
      },
    ],
  });
}
