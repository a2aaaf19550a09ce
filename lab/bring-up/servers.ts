import { join } from "node:path";
import { worldProfiles } from "../../chains/cometbft/world";
import type { WorldNetwork } from "../../chains/cometbft/world";
import type { Environment } from "../../stacks/types";
import type { RegionName } from "../layout";
import { regions } from "../layout";
import type { LabPlace } from "../place";
import type { ProgramPaths } from "../programs-file";
import { consulQuorum } from "../servers/consul";
import type { ServerContext, ServerGroup } from "../servers/context";
import { controlPlane } from "../servers/control-plane";
import { monitoring } from "../servers/monitoring";
import { nodeAgent } from "../servers/node-agent";
import type { RegionPki } from "../servers/pki";
import { vault } from "../servers/vault";
import { bootstrapVault } from "../servers/vault-bootstrap";
import { sinks } from "../sinks";
import type { Supervisor } from "../supervisor";
import { world } from "../world/validators";
import type { Steps } from "./steps";

export interface ServersOptions {
  readonly place: LabPlace;
  readonly environment: Environment;
  readonly programs: ProgramPaths;
  readonly pki: Readonly<Record<RegionName, RegionPki>>;
  readonly supervisor: Supervisor;
  readonly steps: Steps;
}

/** Starts every server of the lab, or leaves it alone where it runs already. */
export async function startServers(options: ServersOptions): Promise<void> {
  const { place, environment, programs, pki, supervisor, steps } = options;
  const context: ServerContext = {
    lab: place.lab,
    state: place.state,
    program: (name) => programs[name],
    labProcess: (...args) => [process.execPath, join(place.root, "bin/lab.js"), ...args],
  };
  const start = (name: string, group: ServerGroup): Promise<void> => steps.run(name, () => startGroup(supervisor, group));
  await Promise.all([
    start("fence quorum: five Consul servers", consulQuorum(context, environment.fence.lease.raftMultiplier)),
    start("outside world: three validators", world(context, worldNetworkOf(environment))),
    start("Slack and mail sinks", { services: [sinks(context)] }),
    ...regions.map((region) => startRegion(context, region, pki[region], supervisor, steps)),
  ]);
}

async function startRegion(context: ServerContext, region: RegionName, pki: RegionPki, supervisor: Supervisor, steps: Steps): Promise<void> {
  await Promise.all([
    steps.run(`region ${region}: control plane`, () => startControlPlane(context, region, pki, supervisor)),
    steps.run(`region ${region}: Vault, unsealed for the lab only`, async () => {
      await startGroup(supervisor, vault(context, region));
      await bootstrapVault(context.state, region);
    }),
    steps.run(`region ${region}: Prometheus and Alertmanager`, () => startGroup(supervisor, monitoring(context, region))),
  ]);
}

/** One after the other, because each would only fail and be started again until the one before it answers. */
async function startControlPlane(context: ServerContext, region: RegionName, pki: RegionPki, supervisor: Supervisor): Promise<void> {
  const { services, afterStart } = controlPlane(context, region, pki);
  const [etcd, apiServer, ...others] = services;
  for (const service of [etcd, apiServer]) if (service) await supervisor.ensure(service);
  await afterStart?.();
  await Promise.all([...others, nodeAgent(context, region)].map((service) => supervisor.ensure(service)));
}

async function startGroup(supervisor: Supervisor, group: ServerGroup): Promise<void> {
  await Promise.all(group.services.map((service) => supervisor.ensure(service)));
  await group.afterStart?.();
}

/**
 * The network of the world's chain that an environment's chains belong to.
 *
 * @throws when the declaration names none, or more than one
 */
export function worldNetworkOf(environment: Environment): WorldNetwork {
  const named = new Set(environment.chains.filter((declared) => declared.chain === "cosmos").map((declared) => declared.network));
  const known = [...named].filter((network): network is WorldNetwork => network in worldProfiles);
  const [network] = known;
  if (network !== undefined && known.length === 1 && named.size === 1) return network;
  throw new Error(
    `environment ${environment.name} declares cosmos on ${[...named].join(", ") || "no network"}: the lab's world runs exactly one of ${Object.keys(worldProfiles).join(", ")}; correct stacks/${environment.name}.ts`,
  );
}
