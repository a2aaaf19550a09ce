import type * as pulumi from "@pulumi/pulumi";

/** What a run is given beside the declarations: how to get at servers. It comes from stack configuration and goes into no output. */
export interface Access {
  /** Path of the region's kubeconfig. Only the local environment needs one; a preview does not. */
  readonly kubeconfig: string | undefined;
  /** Without it the Vault provider takes `VAULT_TOKEN` itself, so that no token gets into the state. */
  readonly vaultToken: pulumi.Output<string> | undefined;
}
