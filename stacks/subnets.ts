import { subnet } from "./cidr";
import type { AwsZone, Cidr } from "./types";

/**
 * Three zones of an AWS region over one /16: a /19 per zone for nodes and pods, a /22 per zone for load balancers. A quarter of the range
 * stays free for a fourth zone and for what comes later.
 */
export function awsZones(region: string, vpc: Cidr): readonly AwsZone[] {
  return ["a", "b", "c"].map((letter, i) => ({
    name: `${region}${letter}`,
    privateSubnet: subnet(vpc, 19, i),
    publicSubnet: subnet(vpc, 22, 32 + i),
  }));
}
