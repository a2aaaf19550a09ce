/** What both regions share and neither may own. */
import type * as aws from "@pulumi/aws";
import { UnsealKey } from "../components/aws/unseal-key";
import type { AwsRegion, Environment } from "../stacks/types";
import type { globalContract, OutputsOf } from "./contracts";
import { awsProvider } from "./providers";

export function buildGlobal(environment: Environment): OutputsOf<typeof globalContract> {
  const [first, ...others] = environment.regions.filter((region): region is AwsRegion => region.cloud === "aws");
  // In the lab nothing is shared that a stack could own: the quorum's servers are its processes, and each Vault unseals by itself.
  if (first === undefined) return { contract: 1, unsealKeys: {} };
  const providers = new Map<string, aws.Provider>([first, ...others].map((region) => [region.name, awsProvider(environment, region)]));
  const unsealKey = new UnsealKey(
    `${environment.name}-unseal`,
    { account: first.account, primary: first.name, replicas: Object.fromEntries(others.map((region) => [region.name, providers.get(region.name)!])) },
    { provider: providers.get(first.name)! },
  );
  return { contract: 1, unsealKeys: unsealKey.arns };
}
