import { mkdirSync } from "node:fs";
import type { RegionName } from "../layout";
import { kubeApi, ports, serviceCidr, sites } from "../layout";
import type { ServiceSpec } from "../supervisor/service";
import { grantLabUsers } from "./api-grants";
import type { ServerContext, ServerGroup } from "./context";
import { dataFolder } from "./context";
import { kubeconfigPath, writeKubeconfigs } from "./kubeconfig";
import type { RegionPki } from "./pki";

/** Two cores carry two control planes, two chains' nodes and the world: garbage may pile up a little, threads may not. */
const frugal = { GOGC: "200", GOMAXPROCS: "2" } as const;

/** Issuer of service-account tokens, and the audience that Vault's Kubernetes authentication asks for. */
export const serviceAccountIssuer = "https://kubernetes.default.svc";
export const vaultAudience = "vault";

/**
 * The controllers that something in the lab rests on. `*` would start fifty, each with its own watches. The names are those
 * of `kube-controller-manager --help`.
 */
const controllers = [
  "statefulset-controller",
  "replicaset-controller",
  "deployment-controller",
  "daemonset-controller",
  "job-controller",
  "disruption-controller",
  "endpointslice-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "namespace-controller",
  "garbage-collector-controller",
  "pod-garbage-collector-controller",
  "persistentvolume-binder-controller",
  "persistentvolumeclaim-protection-controller",
  "persistentvolume-protection-controller",
  "node-lifecycle-controller",
  "taint-eviction-controller",
  "ttl-after-finished-controller",
  "clusterrole-aggregation-controller",
];

/** A region's Kubernetes control plane: etcd, API server, controller manager and scheduler, each one process. */
export function controlPlane(context: ServerContext, region: RegionName, pki: RegionPki): ServerGroup {
  writeKubeconfigs(context.state, region, pki);
  return {
    services: [etcd(context, region), apiServer(context, region, pki), controllerManager(context, region, pki), scheduler(context, region)],
    afterStart: () => grantLabUsers(kubeconfigPath(context.state, region, "admin")),
  };
}

/** Listens on the site's own loopback only: pods have network namespaces of their own and cannot reach it. */
function etcd(context: ServerContext, region: RegionName): ServiceSpec {
  const data = dataFolder(context, `etcd-${region}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const client = `http://127.0.0.1:${ports.etcd}`;
  return {
    name: `etcd-${region}`,
    site: region,
    argv: [
      context.program("etcd"),
      `--name=${region}`,
      `--data-dir=${data}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      "--listen-peer-urls=http://127.0.0.1:2380",
      "--initial-advertise-peer-urls=http://127.0.0.1:2380",
      `--initial-cluster=${region}=http://127.0.0.1:2380`,
      "--logger=zap",
      "--log-level=warn",
      "--auto-compaction-mode=revision",
      "--auto-compaction-retention=1000",
    ],
    env: { ...frugal },
    ready: { http: `${client}/health` },
  };
}

function apiServer(context: ServerContext, region: RegionName, pki: RegionPki): ServiceSpec {
  return {
    name: `kube-apiserver-${region}`,
    site: region,
    argv: [
      context.program("kube-apiserver"),
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      `--bind-address=${sites[region].address}`,
      `--advertise-address=${sites[region].address}`,
      `--secure-port=${ports.kubeApi}`,
      `--service-cluster-ip-range=${serviceCidr[region]}`,
      `--tls-cert-file=${pki.servingCert}`,
      `--tls-private-key-file=${pki.servingKey}`,
      `--client-ca-file=${pki.caCert}`,
      `--token-auth-file=${pki.tokenFile}`,
      "--authorization-mode=RBAC",
      `--service-account-issuer=${serviceAccountIssuer}`,
      `--service-account-signing-key-file=${pki.serviceAccountKey}`,
      `--service-account-key-file=${pki.serviceAccountPub}`,
      // Vault checks a pod's token by presenting it to TokenReview itself, so the API server must accept that audience too.
      `--api-audiences=${serviceAccountIssuer},${vaultAudience}`,
      "--profiling=false",
      "--enable-priority-and-fairness=false",
      "--event-ttl=30m",
      "--shutdown-delay-duration=0s",
      // The API server refuses privileged pods unless told otherwise; drivers and node agents in the clouds need them, and
      // Pod Security admission holds chain namespaces to `restricted` anyway.
      "--allow-privileged=true",
    ],
    env: { ...frugal },
    ready: { http: `${kubeApi(region)}/readyz`, insecure: true },
    readySeconds: 90,
    // It drains its watches for long; etcd holds everything that it knows.
    stop: { signal: "SIGTERM", seconds: 2 },
  };
}

function controllerManager(context: ServerContext, region: RegionName, pki: RegionPki): ServiceSpec {
  return {
    name: `kube-controller-manager-${region}`,
    site: region,
    argv: [
      context.program("kube-controller-manager"),
      `--kubeconfig=${kubeconfigPath(context.state, region, "controller-manager")}`,
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
      "--profiling=false",
      `--controllers=${controllers.join(",")}`,
      `--root-ca-file=${pki.caCert}`,
      `--service-account-private-key-file=${pki.serviceAccountKey}`,
      // A dead region's pods are the gate's business, not the scheduler's; a lab node that restarts must not lose its pods.
      "--node-monitor-grace-period=60s",
      "--kube-api-qps=100",
      "--kube-api-burst=200",
    ],
    env: { ...frugal },
    ready: { http: "https://127.0.0.1:10257/healthz", insecure: true },
  };
}

function scheduler(context: ServerContext, region: RegionName): ServiceSpec {
  return {
    name: `kube-scheduler-${region}`,
    site: region,
    argv: [
      context.program("kube-scheduler"),
      `--kubeconfig=${kubeconfigPath(context.state, region, "scheduler")}`,
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
      "--profiling=false",
    ],
    env: { ...frugal },
    ready: { http: "https://127.0.0.1:10259/healthz", insecure: true },
  };
}
