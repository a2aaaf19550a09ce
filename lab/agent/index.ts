import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { RegionName } from "../layout";
import { isRealRoot } from "../sites";
import { Api, readKubeconfig } from "./api";
import type { AgentContext, PodNetworks } from "./context";
import { Events } from "./events";
import type { ConfigMap, EndpointSlice, KubeObject, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service, StorageClass } from "./kube-types";
import { rotateLogs } from "./log-files";
import { Nodes, type Node } from "./nodes";
import { bootId } from "./pod-folder";
import { Pods } from "./pods";
import type { ProgramPaths } from "./programs";
import { Provisioner } from "./storage";
import { Watch } from "./watch";

export type { PodNetworks } from "./context";
export type { ProgramPaths } from "./programs";
export { provisioner } from "./storage";

export interface AgentOptions {
  readonly region: RegionName;
  /** State folder of the lab, `.lab/<name>`. */
  readonly state: string;
  /** Path of the kubeconfig of the user `node-agent`. */
  readonly kubeconfig: string;
  /** The lab's `SiteNetwork`. */
  readonly networks: PodNetworks;
  readonly programs: ProgramPaths;
  /** Ends the agent; pods run on, and the next agent takes them over. @default SIGTERM or SIGINT */
  readonly signal?: AbortSignal;
  /** @default a line on standard output */
  log?(line: string): void;
}

const rotationMs = 30_000;

/**
 * The node agent of a region: registers one node per zone and runs the pods that the scheduler binds to them as local
 * processes. Has to be started as root in the network namespace of the region's site. Settles when it was told to end.
 *
 * What a cluster does and the agent does not: NetworkPolicies, resource limits and seccomp profiles are not enforced;
 * nothing routes ClusterIPs or translates their ports (Services are names in hosts files); there is no DNS, no gRPC
 * probe, no hostPath, no `kubectl exec`. An image without a program here is reported as running and labelled as simulated.
 *
 * @throws when the kubeconfig cannot be read; a control plane that does not answer is waited for
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : endOnSignals(stop);
  // Every watch and every pod listens to it.
  setMaxListeners(0, signal);
  const log = options.log ?? ((line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`));
  const api = new Api(readKubeconfig(options.kubeconfig));
  const watches = openWatches(api, log);
  const context = await contextOf(options, api, watches, log);
  new Provisioner(api, options.region, join(options.state, "volumes"), watches, log);
  const pods = new Pods(context, watches.pods, signal);
  for (const kind of [watches.configMaps, watches.secrets, watches.claims, watches.volumes]) kind.onChange((_key, now, before) => pods.configurationChanged((now ?? before)?.metadata.namespace));
  for (const kind of [watches.services, watches.slices]) kind.onChange(() => pods.servicesChanged());
  await rotateLogs(context.logsFolder);
  const rotation = setInterval(() => void rotateLogs(context.logsFolder).catch((error: Error) => log(`logs: ${error.message}`)), rotationMs);
  const running = Object.values(watches).map((watch) => watch.run(signal));
  log(`agent of region ${options.region} started${context.users ? "" : "; without root, containers run as one user, whatever user they declare"}`);
  try {
    await Promise.all([...running, new Nodes(api, options.region, log, watches.nodes).run(signal), pods.run(Object.values(watches).map((w) => w.ready))]);
  } finally {
    clearInterval(rotation);
    stop.abort();
  }
  log(`agent of region ${options.region} ended; its pods run on`);
}

function endOnSignals(stop: AbortController): AbortSignal {
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

function openWatches(api: Api, log: (line: string) => void) {
  const open = <T extends KubeObject>(path: string): Watch<T> => new Watch<T>(api, path, log);
  return {
    pods: open<Pod>("/api/v1/pods"),
    nodes: open<Node>("/api/v1/nodes"),
    services: open<Service>("/api/v1/services"),
    slices: open<EndpointSlice>("/apis/discovery.k8s.io/v1/endpointslices"),
    configMaps: open<ConfigMap>("/api/v1/configmaps"),
    secrets: open<Secret>("/api/v1/secrets"),
    claims: open<PersistentVolumeClaim>("/api/v1/persistentvolumeclaims"),
    volumes: open<PersistentVolume>("/api/v1/persistentvolumes"),
    classes: open<StorageClass>("/apis/storage.k8s.io/v1/storageclasses"),
  };
}

async function contextOf(options: AgentOptions, api: Api, watches: ReturnType<typeof openWatches>, log: (line: string) => void): Promise<AgentContext> {
  return {
    region: options.region,
    api,
    networks: options.networks,
    programs: options.programs,
    users: await isRealRoot(),
    bootId: await bootId(),
    podsFolder: join(options.state, "agent", options.region, "pods"),
    // Both regions have pods of the same names.
    logsFolder: join(options.state, "logs", "pods", options.region),
    events: new Events(api, log),
    log,
    view: {
      configMap: (namespace, name) => watches.configMaps.get(namespace, name),
      secret: (namespace, name) => watches.secrets.get(namespace, name),
      claim: (namespace, name) => watches.claims.get(namespace, name),
      volume: (name) => watches.volumes.get(undefined, name),
      services: () => watches.services.all(),
      slices: () => watches.slices.all(),
    },
  };
}
