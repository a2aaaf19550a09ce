/** Two AWS regions about 25 ms apart, with the witness in a third one between them. Test networks only. */
import { leaseProfiles } from "./lease-profiles";
import { awsZones } from "./subnets";
import type { AwsRegion, Cidr, Environment, Voter } from "./types";

/** Network of the operators' VPN clients. */
const operators: Cidr = "10.200.0.0/22";

/** Example figures of AWS's documentation: put your own account here before the first `pulumi up`. */
const account = "111122223333";

function region(name: string, vpc: Cidr, services: Cidr): AwsRegion {
  return {
    cloud: "aws",
    name,
    account,
    zones: awsZones(name, vpc),
    network: { vpc, services, peers: [operators] },
    kubernetesVersion: "1.35",
    administrators: {
      deployer: `arn:aws:iam::${account}:role/chainstead-deployer`,
      operators: `arn:aws:iam::${account}:role/chainstead-operators`,
    },
    nodes: { instanceType: "m7i.xlarge", perZone: 2, volumeGiB: 100 },
    logDays: 90,
    vault: { address: `https://vault.${name}.staging-aws.chainstead.internal:8200` },
  };
}

function voter(name: string, domain: string): Voter {
  return { name, domain, address: `https://${name}.quorum.staging-aws.chainstead.internal:8501` };
}

export const stagingAws: Environment = {
  name: "staging-aws",
  purpose: "staging",
  regions: [region("eu-west-1", "10.20.0.0/16", "172.20.0.0/20"), region("eu-central-1", "10.21.0.0/16", "172.20.16.0/20")],
  witness: { cloud: "aws", region: "eu-west-3", network: "10.22.0.0/24" },
  fence: {
    voters: [
      voter("consul-eu-west-1-1", "eu-west-1"),
      voter("consul-eu-west-1-2", "eu-west-1"),
      voter("consul-eu-central-1-1", "eu-central-1"),
      voter("consul-eu-central-1-2", "eu-central-1"),
      voter("consul-witness-1", "witness"),
    ],
    lease: leaseProfiles.standard,
    roundTripMs: 30,
  },
  alerting: {
    slack: { pageChannel: "#staking-staging-page", ticketChannel: "#staking-staging" },
    smtp: { smarthost: "smtp.staging-aws.chainstead.internal:587", from: "alertmanager@staging-aws.chainstead.internal", to: "staking-operators@staging-aws.chainstead.internal", tls: true },
  },
  chains: [
    { chain: "cosmos", network: "testnet", settings: {}, preferredRegion: "eu-west-1" },
    { chain: "dummy", network: "local", settings: {}, preferredRegion: "eu-west-1" },
  ],
};
