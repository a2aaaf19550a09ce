/** One explicit provider per server and region; the default ones are switched off in every stack's configuration. */
import * as aws from "@pulumi/aws";
import * as consul from "@pulumi/consul";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { eksKubeconfig } from "../components/aws/kubeconfig";
import { kubeconfigNotGiven } from "../components/local/kubeconfig";
import type { AwsRegion, Environment, Region } from "../stacks/types";
import type { Access } from "./access";
import type { Foundation } from "./contracts";

/** The region is in the provider's name: a change of region is another provider and never moves resources silently. */
export function awsProvider(environment: Environment, region: AwsRegion): aws.Provider {
  return new aws.Provider(`aws-${region.name}`, {
    region: region.name as aws.Region,
    allowedAccountIds: [region.account],
    defaultTags: { tags: { "chainstead:environment": environment.name, "chainstead:region": region.name } },
  });
}

export function kubernetesProvider(region: Region, foundation: Foundation, access: Access): kubernetes.Provider {
  return new kubernetes.Provider(`kubernetes-${region.name}`, {
    kubeconfig: kubeconfigOf(region, foundation, access),
    // Else a changed kubeconfig may replace the provider, and with it every workload at once.
    clusterIdentifier: foundation.cluster.name,
    enableServerSideApply: true,
    deleteUnreachable: false,
  });
}

function kubeconfigOf(region: Region, foundation: Foundation, access: Access): pulumi.Input<string> {
  switch (region.cloud) {
    case "aws":
      return foundation.cluster.apply((cluster) => eksKubeconfig({ ...cluster, region: region.name }));
    case "local":
      // A path, not a text: the text holds a token, and what a provider is given is kept in the state.
      return access.kubeconfig ?? kubeconfigNotGiven;
  }
}

export function vaultProvider(region: Region, access: Access): vault.Provider {
  return new vault.Provider(`vault-${region.name}`, {
    address: region.cloud === "local" ? region.endpoints.vault : region.vault.address,
    token: access.vaultToken,
    skipChildToken: true,
  });
}

/** Any server of the quorum takes a write; the region's own one is the nearest. */
export function consulProvider(region: Region, addresses: readonly string[]): consul.Provider {
  const { protocol, host } = new URL(addresses[0]!);
  return new consul.Provider(`consul-${region.name}`, { address: host, scheme: protocol.replace(":", "") });
}
