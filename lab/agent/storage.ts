import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RegionName } from "../layout";
import { zonesOf } from "../layout";
import { ApiError, type Api } from "./api";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "./kube-types";
import type { Watch } from "./watch";

/** The name that a StorageClass of the local environment gives as its provisioner. */
export const provisioner = "chainstead.dev/local";

const selectedNode = "volume.kubernetes.io/selected-node";
const provisionedBy = "pv.kubernetes.io/provisioned-by";

interface StorageViews {
  readonly claims: Watch<PersistentVolumeClaim>;
  readonly volumes: Watch<PersistentVolume>;
  readonly classes: Watch<StorageClass>;
}

/** Gives claims a folder of the machine, `<folder>/<volume>`, and takes it away when the claim is gone and the class says so. */
export class Provisioner {
  private readonly busy = new Set<string>();

  constructor(
    private readonly api: Api,
    private readonly region: RegionName,
    private readonly folder: string,
    private readonly views: StorageViews,
    private readonly log: (line: string) => void,
  ) {
    views.claims.onChange((_key, claim) => claim && this.attempt(`claim ${claim.metadata.uid}`, () => this.provide(claim)));
    views.classes.onChange(() => this.provideAll());
    views.volumes.onChange((_key, volume) => volume && this.attempt(`volume ${volume.metadata.name}`, () => this.reclaim(volume)));
  }

  private provideAll(): void {
    for (const claim of this.views.claims.all()) this.attempt(`claim ${claim.metadata.uid}`, () => this.provide(claim));
  }

  private attempt(what: string, act: () => Promise<void>): void {
    if (this.busy.has(what)) return;
    this.busy.add(what);
    act()
      .catch((error: Error) => {
        this.log(`storage, ${what}: ${error.message}; trying again in 5 s`);
        setTimeout(() => this.attempt(what, act), 5000).unref();
      })
      .finally(() => this.busy.delete(what));
  }

  private async provide(claim: PersistentVolumeClaim): Promise<void> {
    const kind = this.views.classes.get(undefined, claim.spec.storageClassName ?? "");
    const node = nodeFor(claim, kind, this.region);
    if (!kind || node === undefined) return;
    const volume = volumeFor(claim, kind, this.region, node, this.folder);
    await mkdir(volume.spec.local.path, { recursive: true, mode: 0o777 });
    await this.api.create("/api/v1/persistentvolumes", volume).catch((error: Error) => {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    });
  }

  private async reclaim(volume: PersistentVolume): Promise<void> {
    const ours = volume.metadata.annotations?.[provisionedBy] === provisioner;
    if (!ours || volume.status?.phase !== "Released" || volume.spec.persistentVolumeReclaimPolicy !== "Delete") return;
    await this.api.delete(`/api/v1/persistentvolumes/${volume.metadata.name}`);
    await rm(join(this.folder, volume.metadata.name), { recursive: true, force: true });
    this.log(`storage: volume ${volume.metadata.name} is deleted with its data, its claim is gone`);
  }
}

/** The node a claim's volume has to be on: the scheduler's choice, or the first zone's when the class binds at once. Undefined: not yet, or not ours. */
export function nodeFor(claim: PersistentVolumeClaim, kind: StorageClass | undefined, region: RegionName): string | undefined {
  if (kind?.provisioner !== provisioner || claim.spec.volumeName || claim.metadata.deletionTimestamp) return undefined;
  if (claim.status?.phase && claim.status.phase !== "Pending") return undefined;
  if (kind.volumeBindingMode === "WaitForFirstConsumer") return claim.metadata.annotations?.[selectedNode];
  return zonesOf[region][0]?.node;
}

export function volumeFor(claim: PersistentVolumeClaim, kind: StorageClass, region: RegionName, node: string, folder: string) {
  const zone = zonesOf[region].find((z) => z.node === node)?.zone;
  if (!zone) throw new Error(`claim ${claim.metadata.namespace}/${claim.metadata.name} waits for node "${node}", which is none of region ${region}`);
  const name = `pvc-${claim.metadata.uid}`;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { [provisionedBy]: provisioner } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "1Gi" },
      accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: kind.reclaimPolicy ?? "Delete",
      storageClassName: kind.metadata.name,
      volumeMode: "Filesystem",
      local: { path: join(folder, name) },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: claim.metadata.namespace, name: claim.metadata.name, uid: claim.metadata.uid },
      // Volumes of a zone can be reached from every node of it, as a cloud's disks.
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: [zone] }] }] } },
    },
  };
}
