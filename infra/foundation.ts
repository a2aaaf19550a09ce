/** What a region stands on: its network and its cluster. */
import { Cluster as EksCluster } from "../components/aws/cluster";
import { Keys } from "../components/aws/keys";
import { Network } from "../components/aws/network";
import { Nodes } from "../components/aws/nodes";
import type { KubernetesCluster } from "../components/cluster";
import { Cluster as LabCluster } from "../components/local/cluster";
import { certificateAuthorityOf } from "../components/local/kubeconfig";
import type { AwsRegion, Environment, LocalRegion, Region } from "../stacks/types";
import type { Access } from "./access";
import type { foundationContract, OutputsOf } from "./contracts";
import { awsProvider } from "./providers";

export function buildFoundation(environment: Environment, region: Region, access: Access): OutputsOf<typeof foundationContract> {
  const { name, endpoint, certificateAuthority } = region.cloud === "aws" ? buildAws(environment, region) : buildLocal(environment, region, access);
  return { contract: 1, cluster: { name, endpoint, certificateAuthority } };
}

function buildAws(environment: Environment, region: AwsRegion): KubernetesCluster {
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
  return cluster;
}

function buildLocal(environment: Environment, region: LocalRegion, access: Access): KubernetesCluster {
  return new LabCluster(`${environment.name}-${region.name}-cluster`, { endpoint: region.endpoints.kubernetes, certificateAuthority: certificateAuthorityOf(access.kubeconfig) });
}
