import type { Api } from "./api";
import type { Pod } from "./kube-types";

/** The same thing is told at most once in this time. */
const quietMs = 60_000;

/** Tells people what happened to a pod, where `kubectl describe` looks for it. */
export class Events {
  private readonly told = new Map<string, number>();

  constructor(
    private readonly api: Api,
    private readonly log: (line: string) => void,
  ) {}

  /** Never rejects: an event that cannot be written is only logged. */
  async tell(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const now = Date.now();
    const key = [uid, reason, message].join("\n");
    for (const [other, at] of this.told) if (at + quietMs < now) this.told.delete(other);
    if (this.told.has(key)) return;
    this.told.set(key, now);
    this.log(`${namespace}/${name}: ${reason}: ${message}`);
    const time = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
    await this.api
      .create(`/api/v1/namespaces/${namespace}/events`, {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `${name}.${now.toString(16)}${Math.floor(Math.random() * 0x10000).toString(16)}`, namespace },
        involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
        type,
        reason,
        message: message.slice(0, 1000),
        source: { component: "chainstead-agent", host: pod.spec.nodeName },
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      })
      .catch((error: Error) => this.log(`event ${reason} of ${namespace}/${name} not written: ${error.message}`));
  }
}
