import { ApiError, type Api } from "./api";
import type { Condition, KubeObject } from "./kube-types";
import type { RegionName } from "../layout";
import { sites, zonesOf } from "../layout";
import { Waker } from "./waker";
import type { Watch } from "./watch";

/** How long a node may be silent before the control plane doubts it, and how often the agent speaks up. */
const leaseSeconds = 40;
const heartbeatMs = 10_000;
/** Conditions are written anew this often even when nothing changed, as the kubelet does. */
const statusMs = 300_000;

/**
 * More than any machine has: what a chain asks for in production must be schedulable here, and nothing enforces it.
 * Source of the fields: https://kubernetes.io/docs/reference/node/node-status/
 */
const capacity = { cpu: "256", memory: "2Ti", pods: "200", "ephemeral-storage": "100Ti" };

export interface Node extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Lease extends KubeObject {
  readonly spec: object;
}

/** The three nodes of a region, one per zone. */
export class Nodes {
  private statusAt = 0;
  private readonly waker = new Waker();

  constructor(
    private readonly api: Api,
    private readonly region: RegionName,
    private readonly log: (line: string) => void,
    watch: Watch<Node>,
  ) {
    // The control plane declares a silent node unknown, and leaves it to the node to take that back.
    watch.onChange((name, node) => {
      if (zonesOf[region].some((z) => z.node === name) && this.statusAt > 0 && !saysReady(node)) {
        this.statusAt = 0;
        this.waker.wake();
      }
    });
  }

  /** Declares the nodes and keeps them alive until the signal aborts. Errors are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const now = Date.now();
        if (now - this.statusAt >= statusMs) {
          for (const zone of zonesOf[this.region]) await this.register(zone);
          this.statusAt = now;
        }
        for (const { node } of zonesOf[this.region]) await this.renew(node);
      } catch (error) {
        this.statusAt = 0;
        this.log(`nodes: ${(error as Error).message}; trying again`);
      }
      await this.waker.sleep(this.statusAt === 0 ? 1000 : heartbeatMs, signal);
    }
  }

  private async register({ zone, node, podCidr }: { zone: string; node: string; podCidr: string }): Promise<void> {
    const object = nodeObject(this.region, zone, node, podCidr);
    await this.api.patch(`/api/v1/nodes/${node}?fieldManager=chainstead-agent&force=true`, object, "apply");
    await this.api.patch(`/api/v1/nodes/${node}/status`, { status: nodeStatus(this.region, node, new Date()) }, "strategic-merge");
  }

  private async renew(node: string): Promise<void> {
    const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const spec = { holderIdentity: node, leaseDurationSeconds: leaseSeconds, renewTime: new Date().toISOString().replace("Z", "000Z") };
    try {
      await this.api.patch<Lease>(`${path}/${node}`, { spec }, "merge");
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      await this.api.create<Lease>(path, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: node, namespace: "kube-node-lease" }, spec });
    }
  }
}

function saysReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

export function nodeObject(region: RegionName, zone: string, node: string, podCidr: string): object {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node,
      labels: {
        "kubernetes.io/hostname": node,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
        "node.kubernetes.io/instance-type": "chainstead-lab",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
      },
    },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr], providerID: `chainstead-lab://${region}/${node}` },
  };
}

export function nodeStatus(region: RegionName, node: string, now: Date): object {
  const time = now.toISOString().replace(/\.\d+Z$/, "Z");
  const condition = (type: string, status: string, reason: string): object => ({ type, status, reason, message: `the node agent of region ${region} says so`, lastHeartbeatTime: time });
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: "InternalIP", address: sites[region].address },
      { type: "Hostname", address: node },
    ],
    conditions: [
      condition("Ready", "True", "KubeletReady"),
      condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
      condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
      condition("PIDPressure", "False", "KubeletHasSufficientPID"),
    ],
    nodeInfo: {
      machineID: node,
      systemUUID: node,
      bootID: node,
      kernelVersion: "local",
      osImage: "Chainstead local environment",
      containerRuntimeVersion: "chainstead://1",
      kubeletVersion: "v1.36.3",
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: process.arch === "x64" ? "amd64" : process.arch,
    },
  };
}
