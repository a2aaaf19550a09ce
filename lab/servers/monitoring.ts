import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RegionName } from "../layout";
import { ports, regions, sites } from "../layout";
import type { ServiceSpec } from "../supervisor/service";
import type { ServerContext, ServerGroup } from "./context";
import { dataFolder } from "./context";
import { monitoringFolder, writeMonitoringFiles } from "./monitoring-files";

/** Gossip port of Alertmanager's cluster. */
const alertmanagerCluster = 9094;

/**
 * A region's Prometheus and Alertmanager, and the process that keeps their files as the program's ConfigMaps say
 * (`monitoring-sync.ts`). Both Alertmanagers form one cluster, so that an alert that both regions raise is sent once.
 */
export function monitoring(context: ServerContext, region: RegionName): ServerGroup {
  // Both servers start with files that scrape and send nothing; the platform layer brings the real ones.
  writeMonitoringFiles(context.state, region, {});
  return { services: [alertmanager(context, region), prometheus(context, region), monitoringSync(context, region)] };
}

function prometheus(context: ServerContext, region: RegionName): ServiceSpec {
  const data = dataFolder(context, `prometheus-${region}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const address = `${sites[region].address}:${ports.prometheus}`;
  return {
    name: `prometheus-${region}`,
    site: region,
    argv: [
      context.program("prometheus"),
      `--config.file=${join(monitoringFolder(context.state, region), "prometheus.yml")}`,
      `--storage.tsdb.path=${data}`,
      "--storage.tsdb.retention.time=6h",
      `--web.listen-address=${address}`,
      "--web.enable-lifecycle",
      "--log.level=warn",
    ],
    env: { GOMAXPROCS: "2" },
    ready: { http: `http://${address}/-/ready` },
  };
}

function alertmanager(context: ServerContext, region: RegionName): ServiceSpec {
  const data = dataFolder(context, `alertmanager-${region}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const address = `${sites[region].address}:${ports.alertmanager}`;
  const peers = regions.filter((other) => other !== region).map((other) => `--cluster.peer=${sites[other].address}:${alertmanagerCluster}`);
  return {
    name: `alertmanager-${region}`,
    site: region,
    argv: [
      context.program("alertmanager"),
      `--config.file=${join(monitoringFolder(context.state, region), "alertmanager.yml")}`,
      `--storage.path=${data}`,
      `--web.listen-address=${address}`,
      `--cluster.listen-address=${sites[region].address}:${alertmanagerCluster}`,
      `--cluster.advertise-address=${sites[region].address}:${alertmanagerCluster}`,
      ...peers,
      // Both regions are near; the default waits up to a minute for a peer that may be lost, while a page waits with it.
      "--cluster.settle-timeout=10s",
      "--log.level=warn",
    ],
    env: { GOMAXPROCS: "2" },
    ready: { http: `http://${address}/-/ready` },
  };
}

function monitoringSync(context: ServerContext, region: RegionName): ServiceSpec {
  return {
    name: `monitoring-sync-${region}`,
    site: region,
    argv: context.labProcess("monitoring-sync", "--region", region, "--state", context.state),
    ready: { none: true },
  };
}
