/** What a cluster needs before a chain can be placed in it. */
import type * as pulumi from "@pulumi/pulumi";
import { Storage as EbsStorage } from "../components/aws/storage";
import { Storage as DirectoryStorage } from "../components/local/storage";
import { Falco } from "../components/platform/falco";
import { Monitoring } from "../components/platform/monitoring";
import { Priorities } from "../components/platform/priorities";
import { Prometheus } from "../components/platform/prometheus";
import { Vault } from "../components/platform/vault";
import type { StorageClasses } from "../components/storage";
import type { AwsRegion, Environment, Region } from "../stacks/types";
import type { Access } from "./access";
import { entryOf, type Foundation, type Global, type OutputsOf, type platformContract } from "./contracts";
import { kubernetesProvider } from "./providers";

export function buildPlatform(environment: Environment, region: Region, foundation: Foundation, shared: Global, access: Access): OutputsOf<typeof platformContract> {
  const name = `${environment.name}-${region.name}`;
  const opts = { provider: kubernetesProvider(region, foundation, access) };
  const priorities = new Priorities(`${name}-priorities`, {}, opts);
  const inOrder = { ...opts, dependsOn: [priorities] };
  const { fast, standard } = region.cloud === "aws" ? buildAws(name, environment, region, foundation, shared, inOrder) : buildLocal(name, environment, inOrder);
  return { contract: 1, storageClasses: { fast, standard } };
}

/** Vault, Prometheus and Alertmanager run in the cluster, from charts. */
function buildAws(name: string, environment: Environment, region: AwsRegion, foundation: Foundation, shared: Global, opts: pulumi.ComponentResourceOptions): StorageClasses {
  const storage = new EbsStorage(`${name}-storage`, {}, opts);
  new Vault(
    `${name}-vault`,
    { region: region.name, unsealKeyArn: entryOf(shared.unsealKeys, region.name, "unseal key"), roleArn: entryOf(foundation.roles, "vault", "role"), storageClass: storage.standard },
    opts,
  );
  new Prometheus(`${name}-prometheus`, { instances: environment.chains, receivers: environment.alerting, region: region.name, storageClass: storage.standard }, opts);
  new Falco(`${name}-falco`, {}, opts);
  return storage;
}

/** The lab runs those servers as processes; they read the same documents from ConfigMaps. */
function buildLocal(name: string, environment: Environment, opts: pulumi.ComponentResourceOptions): StorageClasses {
  new Monitoring(`${name}-monitoring`, { instances: environment.chains, receivers: environment.alerting }, opts);
  return new DirectoryStorage(`${name}-storage`, {}, opts);
}
