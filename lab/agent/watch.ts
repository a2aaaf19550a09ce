import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Api } from "./api";
import type { KubeObject } from "./kube-types";

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items?: readonly T[];
}

type WatchEvent<T> = { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T } | { readonly type: "ERROR"; readonly object: { readonly code?: number; readonly message?: string } };

/** The server ends a watch after this time and the next one goes on from the same version: a live connection is never silent for longer. */
const watchSeconds = 240;
/** Bookmarks cannot be relied on for a kind of object that does not change: then the server has no newer version to tell. */
const silenceMs = (watchSeconds + 60) * 1000;

export interface Listener<T> {
  /** `object` is undefined when it is gone. */
  (key: string, object: T | undefined, before: T | undefined): void;
}

/**
 * A local copy of all objects of one kind, kept current by list and watch.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export class Watch<T extends KubeObject> {
  private readonly store = new Map<string, T>();
  private readonly listeners: Listener<T>[] = [];
  private synced!: () => void;
  /** Settles when the first list is in. */
  readonly ready = new Promise<void>((resolve) => (this.synced = resolve));

  constructor(
    private readonly api: Pick<Api, "get" | "stream">,
    /** e.g. /api/v1/pods */
    private readonly path: string,
    private readonly log: (line: string) => void,
  ) {}

  onChange(listener: Listener<T>): void {
    this.listeners.push(listener);
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.store.get(namespace ? `${namespace}/${name}` : name);
  }

  all(): readonly T[] {
    return [...this.store.values()];
  }

  /** Watches until the signal aborts; errors are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    let version: string | undefined;
    for (let failures = 0; !signal.aborted; ) {
      try {
        version ??= await this.list();
        version = await this.follow(version, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        // 410 Gone: the version is older than what the server kept. Start over at once.
        version = undefined;
        if (!(error instanceof ApiError && error.status === 410)) {
          failures += 1;
          this.log(`watch ${this.path}: ${(error as Error).message}; trying again`);
          await sleep(Math.min(5000, 250 * 2 ** failures), undefined, { signal }).catch(() => undefined);
        }
      }
    }
  }

  private async list(): Promise<string> {
    const list = await this.api.get<List<T>>(this.path);
    const present = new Map((list.items ?? []).map((object) => [keyOf(object), object]));
    for (const key of [...this.store.keys()]) if (!present.has(key)) this.set(key, undefined);
    for (const [key, object] of present) this.set(key, object);
    this.synced();
    return list.metadata.resourceVersion;
  }

  private async follow(from: string, signal: AbortSignal): Promise<string> {
    let version = from;
    const query = new URLSearchParams({ watch: "true", allowWatchBookmarks: "true", resourceVersion: from, timeoutSeconds: String(watchSeconds) });
    const response = await this.api.stream(`${this.path}?${query.toString()}`, signal);
    response.setTimeout(silenceMs, () => response.destroy(new Error(`nothing heard for ${silenceMs / 1000} s`)));
    response.setEncoding("utf8");
    let rest = "";
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") version = this.take(JSON.parse(line) as WatchEvent<T>);
      }
    }
    return version;
  }

  private take(event: WatchEvent<T>): string {
    if (event.type === "ERROR") throw new ApiError("WATCH", this.path, event.object.code ?? 0, event.object.message ?? "the watch ended with an error");
    if (event.type !== "BOOKMARK") this.set(keyOf(event.object), event.type === "DELETED" ? undefined : event.object);
    return event.object.metadata.resourceVersion ?? "";
  }

  private set(key: string, object: T | undefined): void {
    const before = this.store.get(key);
    if (object === undefined) this.store.delete(key);
    else this.store.set(key, object);
    if (before?.metadata.resourceVersion === object?.metadata.resourceVersion && before?.metadata.uid === object?.metadata.uid) return;
    for (const listener of this.listeners) listener(key, object, before);
  }
}

function keyOf(object: KubeObject): string {
  return object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name;
}
