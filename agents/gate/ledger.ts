import type { Bell, Clock } from "./clock";
import type { FenceDocument } from "./document";
import { DocumentUnreadable } from "./document-codec";
import type { FenceStore, Reading } from "./store";

export type WriteOutcome =
  | "written"
  /** Somebody else wrote first; the newer document has been read. */
  | "stale"
  /** No answer: it may or may not be written. The ledger is down until a read succeeds. */
  | "unknown"
  /** The change did not apply to the newest document. */
  | "nothing";

export interface LedgerEvents {
  /** One operation against the store, in milliseconds. */
  latency(operation: "read" | "cas", ms: number, ok: boolean): void;
  down(cause: string): void;
  up(downMs: number): void;
  /** The store went backwards or was replaced. Absorbing for this process. */
  regressed(what: string): void;
}

const waitMs = 1000;
const probeEveryMs = 100;

/**
 * The newest document this gate knows, kept fresh by a blocking read, and the only way to change it. It notices when the
 * quorum is gone, and when the store goes back in time, which a restored snapshot or a deleted key would do.
 */
export class Ledger {
  doc: FenceDocument | undefined;
  up = false;
  cause = "not read yet";
  halted: string | undefined;
  /** Monotonic time at which the quorum last came back. */
  upSince = 0;
  /** How long it had been away then. */
  lastOutageMs = 0;
  /** Monotonic time of the last change of the lease (epoch, leaseSeq or state) seen by this process. */
  leaseSeenAt = 0;
  private index = 0;
  private downSince: number;
  private started = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: FenceStore,
    private readonly clock: Clock,
    private readonly bell: Bell,
    private readonly events: LedgerEvents,
  ) {
    this.downSince = clock.now();
  }

  /** Follows the document until the signal fires. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const since = this.index;
      try {
        const reading = this.up ? await this.store.wait(since, waitMs, signal) : await this.store.readFromAny();
        if (signal.aborted) return;
        this.accept(reading, since);
        this.markUp();
      } catch (error) {
        if (signal.aborted) return;
        this.fail(error);
        await this.clock.sleep(probeEveryMs, signal);
      }
    }
  }

  /** Reads now, linearizably. False when the quorum did not answer. */
  async refresh(): Promise<boolean> {
    const since = this.index;
    const began = this.clock.now();
    try {
      this.accept(await this.store.read(), since);
      this.events.latency("read", this.clock.now() - began, true);
      return true;
    } catch (error) {
      this.events.latency("read", this.clock.now() - began, false);
      this.fail(error, began);
      return false;
    }
  }

  /**
   * Applies a pure change to the newest document with one compare-and-set. One at a time, so that a renewal and a
   * signature of the same gate never compete.
   */
  write(change: (doc: FenceDocument | undefined) => FenceDocument | undefined): Promise<WriteOutcome> {
    const turn = this.queue.then(() => this.writeNow(change));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async writeNow(change: (doc: FenceDocument | undefined) => FenceDocument | undefined): Promise<WriteOutcome> {
    if (!this.up || this.halted !== undefined) return "unknown";
    const next = change(this.doc);
    if (next === undefined) return "nothing";
    const since = this.index;
    const began = this.clock.now();
    try {
      const result = await this.store.cas(since, next);
      this.events.latency("cas", this.clock.now() - began, true);
      if (result.kind === "written") {
        this.accept({ index: result.index, doc: next }, since);
        return "written";
      }
    } catch (error) {
      this.events.latency("cas", this.clock.now() - began, false);
      this.fail(error, began);
      if (!this.up) return "unknown";
    }
    return (await this.refresh()) ? "stale" : "unknown";
  }

  /** `since` is the newest index that was known when the reading was asked for: an answer below it is from the past. */
  private accept(reading: Reading, since: number): void {
    const before = this.doc;
    if (reading.doc === undefined) {
      if (before && since > 0) this.halt("the fence document is gone");
      this.started = true;
      return;
    }
    if (reading.index < this.index) {
      if (reading.index < since) this.halt(`the store's index went back from ${since} to ${reading.index}`);
      return;
    }
    const problem = before && regression(before, reading.doc);
    if (problem) return this.halt(problem);
    this.started = true;
    if (reading.index === this.index) return;
    this.index = reading.index;
    this.doc = reading.doc;
    if (!before || before.epoch !== reading.doc.epoch || before.leaseSeq !== reading.doc.leaseSeq || before.state !== reading.doc.state) {
      this.leaseSeenAt = this.clock.now();
    }
    this.bell.ring();
  }

  private markUp(): void {
    if (this.up || !this.started) return;
    this.up = true;
    this.upSince = this.clock.now();
    this.lastOutageMs = this.upSince - this.downSince;
    this.cause = "";
    this.events.up(this.lastOutageMs);
    this.bell.ring();
  }

  /** An operation that began before the quorum came back tells of the outage that is over, not of a new one. */
  private fail(error: unknown, began = Infinity): void {
    if (error instanceof DocumentUnreadable) return this.halt(error.message);
    if (this.up && began < this.upSince) return;
    const cause = error instanceof Error ? error.message : String(error);
    this.cause = cause;
    if (!this.up) return;
    this.up = false;
    this.downSince = this.clock.now();
    this.events.down(cause);
    this.bell.ring();
  }

  private halt(what: string): void {
    if (this.halted !== undefined) return;
    this.halted = `${what}; this gate signs nothing until it is restarted by a person who has looked at it`;
    this.events.regressed(this.halted);
    this.bell.ring();
  }
}

function regression(before: FenceDocument, after: FenceDocument): string | undefined {
  if (before.lineage !== after.lineage) return `the fence document was replaced (lineage ${before.lineage} became ${after.lineage})`;
  if (after.epoch < before.epoch) return `the epoch went back from ${before.epoch} to ${after.epoch}`;
  if (after.seq < before.seq) return `the sequence went back from ${before.seq} to ${after.seq}`;
  if (after.floor.h < before.floor.h) return `the floor went back from ${before.floor.h} to ${after.floor.h}`;
  return undefined;
}
