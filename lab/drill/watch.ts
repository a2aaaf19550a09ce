import { stepName, type FenceDocument, type SignRecord } from "../../agents/gate/document";
import { StoreUnavailable, type FenceStore } from "../../agents/gate/store";

/** What was seen in the ledger, with the moment on the monotonic clock at which it was seen. */
export interface Seen {
  readonly at: number;
  readonly doc: FenceDocument;
}

/**
 * Follows a chain's document while a fault is in force. It reads the ledger and nothing else, because who is active, and who
 * wrote what, is told there; a node's own status is frozen at its start.
 */
export class LedgerWatch {
  readonly seen: Seen[] = [];
  private readonly over = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: FenceStore,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws when there is no document: nothing has ever produced */
  async start(): Promise<FenceDocument> {
    const first = await this.store.read();
    if (first.doc === undefined) throw new Error("the chain has no fence document: no gate has ever held it");
    this.seen.push({ at: this.now(), doc: first.doc });
    this.running = this.follow(first.index);
    return first.doc;
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
  }

  get last(): FenceDocument {
    const last = this.seen.at(-1);
    if (last === undefined) throw new Error("the watch has not started");
    return last.doc;
  }

  /** When a region was first seen to hold the role after `from`; undefined when it was not yet. */
  heldBy(region: string, from: number): number | undefined {
    return this.seen.find((s) => s.at >= from && s.doc.state === "HELD" && s.doc.holder?.region === region)?.at;
  }

  /** When the first signature that a region wrote after `from` was seen; undefined when there is none yet. */
  firstSignatureBy(region: string, from: number): number | undefined {
    const key = (r: SignRecord): string => `${stepName(r)} ${r.writer.instance}`;
    const before = new Set(this.seen.filter((s) => s.at < from).flatMap((s) => s.doc.records.map(key)));
    return this.seen.find((s) => s.at >= from && s.doc.records.some((r) => r.writer.region === region && !before.has(key(r))))?.at;
  }

  private async follow(from: number): Promise<void> {
    let index = from;
    while (!this.over.signal.aborted) {
      try {
        const reading = await this.store.wait(index, 5_000, this.over.signal);
        if (reading.doc !== undefined && reading.index !== index) this.seen.push({ at: this.now(), doc: reading.doc });
        index = reading.index;
      } catch (error) {
        // No quorum for a moment is what a drill brings about.
        if (!(error instanceof StoreUnavailable) && !this.over.signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}
