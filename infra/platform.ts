/** What a cluster needs before a chain can be placed in it. */
import { Storage as EbsStorage } from "../components/aws/storage";
import { Storage as DirectoryStorage } from "../components/local/storage";
import { Monitoring } from "../components/platform/monitoring";
import { Priorities } from "../components/platform/priorities";
import type { StorageClasses } from "../components/storage";
import type { Environment, Region } from "../stacks/types";
import type { Access } from "./access";
import type { Foundation, Global, OutputsOf, platformContract } from "./contracts";
import { kubernetesProvider } from "./providers";

export function buildPlatform(
  environment: Environment,
  region: Region,
  foundation: Foundation,
  shared: Global,
  access: Access,
): OutputsOf<typeof platformContract> {
  const name = `${environment.name}-${region.name}`;
  const opts = { provider: kubernetesProvider(region, foundation, access) };
  new Priorities(`${name}-priorities`, {}, opts);
  new Monitoring(`${name}-monitoring`, { instances: environment.chains, receivers: environment.alerting }, opts);
  const storage: StorageClasses = region.cloud === "aws" ? new EbsStorage(`${name}-storage`, {}, opts) : new DirectoryStorage(`${name}-storage`, {}, opts);
  return { contract: 1, storageClasses: { fast: storage.fast, standard: storage.standard } };
}
