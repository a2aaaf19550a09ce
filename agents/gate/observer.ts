import type { ChainReference, HeadView } from "./chain-view";
import type { Bell, Clock } from "./clock";
import { lastRecord } from "./document";
import { ownSignature } from "./doppelganger";
import type { SigningKey } from "./key";
import type { Ledger } from "./ledger";
import { agreedHeight, type Doppelganger } from "./preconditions";

interface Timed<T> {
  readonly value: T;
  /** Monotonic, when it was asked for. */
  readonly at: number;
}

/** A fact is used for two seconds at the most. */
const freshMs = 2000;
const pollMs = 700;

/** Watches the own node and independent nodes. Nothing here is on the answer path, and nothing here can grant a signature. */
export class Observer {
  private nodeHead: Timed<HeadView> | undefined;
  private readonly heads = new Map<string, Timed<HeadView>>();
  private commitSource: ChainReference | undefined;
  private sighting: Timed<Doppelganger> | undefined;
  /** Why independent nodes are not usable, by name. */
  readonly problems = new Map<string, string>();
  /** Monotonic time at which the agreed height last moved. */
  heightMovedAt: number;
  private lastHeight = 0;

  constructor(
    private readonly node: ChainReference,
    private readonly references: readonly ChainReference[],
    private readonly ledger: Ledger,
    private readonly key: () => SigningKey | undefined,
    private readonly chainId: string,
    private readonly clock: Clock,
    private readonly bell: Bell,
  ) {
    this.heightMovedAt = clock.now();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.every(() => this.lookAtHeads(), signal), this.every(() => this.lookForOwnSignature(), signal)]);
  }

  private async every(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = this.clock.now();
      await look();
      await this.clock.sleep(Math.max(100, pollMs - (this.clock.now() - began)), signal);
    }
  }

  private async lookAtHeads(): Promise<void> {
    await Promise.all([this.lookAtNode(), ...this.references.map((r) => this.lookAtReference(r))]);
    const height = this.chainHeight();
    if (height === undefined || height === this.lastHeight) return;
    this.lastHeight = height;
    this.heightMovedAt = this.clock.now();
    this.bell.ring();
  }

  headOfNode(): HeadView | undefined {
    return this.fresh(this.nodeHead);
  }

  referenceHeights(): readonly number[] {
    return [...this.heads.values()].flatMap((head) => this.fresh(head)?.height ?? []);
  }

  chainHeight(): number | undefined {
    return agreedHeight(this.referenceHeights());
  }

  doppelganger(): Doppelganger {
    return this.fresh(this.sighting) ?? { kind: "unknown", detail: "the chain has not been searched for our signatures in the last seconds" };
  }

  private async lookAtNode(): Promise<void> {
    const at = this.clock.now();
    await this.node.head().then(
      (value) => (this.nodeHead = { value, at }),
      () => undefined,
    );
  }

  private async lookAtReference(reference: ChainReference): Promise<void> {
    const at = this.clock.now();
    try {
      this.heads.set(reference.name, { value: await reference.head(), at });
      this.problems.delete(reference.name);
    } catch (error) {
      this.problems.set(reference.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** Asks the source that answered last, and all of them when it is silent; the own node when none is configured. */
  private async lookForOwnSignature(): Promise<void> {
    const key = this.key();
    if (!key) return;
    const at = this.clock.now();
    if ((this.references.length > 0 ? this.chainHeight() : this.headOfNode()?.height) === 0) {
      this.sighting = { value: { kind: "clear", detail: "the chain has no block yet" }, at };
      return;
    }
    const sources = this.references.length > 0 ? this.references : [this.node];
    const ask = async (source: ChainReference): Promise<number | undefined> => {
      const vote = await source.commitVote(0, key.address);
      this.commitSource = source;
      return ownSignature(this.chainId, key, vote);
    };
    try {
      const found = await ask(this.commitSource ?? (sources[0] as ChainReference)).catch(() => Promise.any(sources.map(ask)));
      this.sighting = { value: await this.judge(found), at };
    } catch {
      // The old sighting grows stale and then counts as unknown.
    }
  }

  private async judge(height: number | undefined): Promise<Doppelganger> {
    if (height === undefined) return { kind: "clear", detail: "the newest commit holds no signature of ours" };
    // The document is read again before anyone is accused: the signature may be younger than our copy.
    const known = (): number => (this.ledger.doc ? Math.max(lastRecord(this.ledger.doc)?.h ?? 0, this.ledger.doc.floor.h - 1) : 0);
    if (height > known() && !(await this.ledger.refresh())) return { kind: "unknown", detail: "the quorum cannot be reached" };
    if (height <= known()) return { kind: "clear", detail: `our newest signature on the chain, height ${height}, is in the ledger` };
    return { kind: "seen", height, detail: `the chain holds a signature of our key at height ${height} that the ledger does not know: somebody else signs with it` };
  }

  private fresh<T>(timed: Timed<T> | undefined): T | undefined {
    return timed && this.clock.now() - timed.at <= freshMs ? timed.value : undefined;
  }
}
