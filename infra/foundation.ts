/** What a region stands on: its network and its cluster. */
import type * as pulumi from "@pulumi/pulumi";
import { Cluster as EksCluster } from "../components/aws/cluster";
import { Identities } from "../components/aws/identities";
import { Keys } from "../components/aws/keys";
import { Network } from "../components/aws/network";
import { Nodes } from "../components/aws/nodes";
import type { KubernetesCluster } from "../components/cluster";
import { Cluster as LabCluster } from "../components/local/cluster";
import { certificateAuthorityOf } from "../components/local/kubeconfig";
import type { AwsRegion, Environment, LocalRegion, Region } from "../stacks/types";
import type { Access } from "./access";
import { entryOf, type foundationContract, type Global, type OutputsOf } from "./contracts";
import { awsProvider } from "./providers";

type Outputs = OutputsOf<typeof foundationContract>;

export function buildFoundation(environment: Environment, region: Region, shared: Global, access: Access): Outputs {
  return region.cloud === "aws" ? buildAws(environment, region, shared) : buildLocal(environment, region, access);
}

function outputs({ name, endpoint, certificateAuthority }: KubernetesCluster, roles: Readonly<Record<string, pulumi.Output<string>>>): Outputs {
  return { contract: 1, cluster: { name, endpoint, certificateAuthority }, roles };
}

function buildAws(environment: Environment, region: AwsRegion, shared: Global): Outputs {
  const name = `${environment.name}-${region.name}`;
  const opts = { provider: awsProvider(environment, region) };
  const keys = new Keys(`${name}-keys`, { account: region.account, region: region.name }, opts);
  const network = new Network(`${name}-network`, { region: region.name, vpc: region.network.vpc, zones: region.zones, logDays: region.logDays, logsKeyArn: keys.logsKeyArn }, opts);
  const cluster = new EksCluster(
    `${name}-cluster`,
    {
      kubernetesVersion: region.kubernetesVersion,
      vpcId: network.vpcId,
      subnetIds: network.privateSubnetIds,
      serviceCidr: region.network.services,
      clients: { vpc: region.network.vpc, ...Object.fromEntries(region.network.peers.map((peer) => [`peer ${peer}`, peer])) },
      administrators: region.administrators,
      secretsKeyArn: keys.secretsKeyArn,
      logsKeyArn: keys.logsKeyArn,
      logDays: region.logDays,
    },
    opts,
  );
  new Nodes(`${name}-nodes`, { clusterName: cluster.name, subnetIds: network.privateSubnetIds, ...region.nodes }, { ...opts, dependsOn: [...cluster.nodePrerequisites] });
  const identities = new Identities(`${name}-identities`, { issuer: cluster.issuer, unsealKeyArn: entryOf(shared.unsealKeys, region.name, "unseal key") }, opts);
  return outputs(cluster, { vault: identities.vaultRoleArn });
}

function buildLocal(environment: Environment, region: LocalRegion, access: Access): Outputs {
  const cluster = new LabCluster(`${environment.name}-${region.name}-cluster`, { endpoint: region.endpoints.kubernetes, certificateAuthority: certificateAuthorityOf(access.kubeconfig) });
  return outputs(cluster, {});
}
