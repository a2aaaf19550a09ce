import { zonesOf } from "../layout";
import type { AgentContext } from "./context";
import type { Pod } from "./kube-types";
import { knownPods, PodFolder, type PodState } from "./pod-folder";
import { PodWorker } from "./pod-worker";
import type { Watch } from "./watch";

/** Changes of Services come in bursts; hosts files are written once for each. */
const gatherMs = 100;

/** All pods of a region's nodes: a worker for each, from its arrival to its end. */
export class Pods {
  private readonly workers = new Map<string, { readonly worker: PodWorker; readonly key: string; readonly done: Promise<void> }>();
  private readonly nodes: ReadonlySet<string>;
  private gathering?: NodeJS.Timeout;
  private open = false;

  constructor(
    private readonly context: AgentContext,
    private readonly watch: Watch<Pod>,
    private readonly signal: AbortSignal,
  ) {
    this.nodes = new Set(zonesOf[context.region].map((z) => z.node));
    watch.onChange((key, now, before) => this.open && this.changed(key, now, before));
  }

  /** Takes over what an earlier agent left, then follows the watch; settles when every worker has ended. */
  async run(synced: readonly Promise<void>[]): Promise<void> {
    const aborted = new Promise<void>((resolve) => this.signal.addEventListener("abort", () => resolve(), { once: true }));
    // Without the whole picture a pod would seem to be gone, or its ConfigMap.
    await Promise.race([Promise.all(synced), aborted]);
    if (!this.signal.aborted) {
      const left = await this.leftovers();
      this.open = true;
      for (const pod of this.watch.all()) this.changed(keyOf(pod), pod, undefined, left.get(pod.metadata.uid));
      for (const [uid, state] of left) {
        if (!this.workers.has(uid)) this.begin(keyOf(state.pod), state.pod, state).update(undefined);
      }
      await aborted;
    }
    clearTimeout(this.gathering);
    await Promise.all([...this.workers.values()].map((w) => w.done));
  }

  /** @param namespace of the object that changed; undefined when it has none */
  configurationChanged(namespace: string | undefined): void {
    for (const { worker, key } of this.workers.values()) if (namespace === undefined || key.startsWith(`${namespace}/`)) worker.configurationChanged();
  }

  servicesChanged(): void {
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      for (const { worker } of this.workers.values()) worker.servicesChanged();
    }, gatherMs);
  }

  private changed(key: string, now: Pod | undefined, before: Pod | undefined, state?: PodState): void {
    if (before && before.metadata.uid !== now?.metadata.uid) this.workers.get(before.metadata.uid)?.worker.update(undefined);
    if (!now || !this.nodes.has(now.spec.nodeName ?? "")) return;
    const known = this.workers.get(now.metadata.uid);
    if (known) return known.worker.update(now);
    const over = !state && ["Succeeded", "Failed"].includes(now.status?.phase ?? "") && !now.metadata.deletionTimestamp;
    if (!over) this.begin(key, now, state);
  }

  private begin(key: string, pod: Pod, state: PodState | undefined): PodWorker {
    const worker = new PodWorker(this.context, pod, state);
    const { uid } = pod.metadata;
    // Two pods of one name never run at once: they may share a volume, and a key.
    const before = [...this.workers].filter(([other, w]) => w.key === key && other !== uid).map(([, w]) => w.done);
    const done = Promise.all(before)
      .then(() => worker.run(this.signal))
      .catch((error: Error) => this.context.log(`pod ${key}: ${error.stack ?? error.message}`))
      .then(() => void this.workers.delete(uid));
    this.workers.set(uid, { worker, key, done });
    return worker;
  }

  private async leftovers(): Promise<Map<string, PodState>> {
    const found = new Map<string, PodState>();
    for (const uid of await knownPods(this.context.podsFolder)) {
      const folder = new PodFolder(this.context.podsFolder, uid);
      const state = await folder.load();
      if (state) found.set(uid, state);
      else await folder.remove();
    }
    return found;
  }
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}
