import type { FenceDocument } from "../../../agents/gate/document";
import type { CasResult, FenceStore, Reading } from "../../../agents/gate/store";

/**
 * A deliberately broken ledger: from its first write on, each gate believes its own copy and every compare-and-set
 * succeeds without comparing. Tests that assert "no conflict" must fail with it; a check that never fails proves nothing.
 */
export class MutantStore implements FenceStore {
  private own: Reading | undefined;

  constructor(
    private readonly inner: FenceStore,
    private readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>,
  ) {}

  async read(): Promise<Reading> {
    return this.own ?? this.inner.read();
  }

  async readFromAny(): Promise<Reading> {
    return this.own ?? this.inner.readFromAny();
  }

  async wait(index: number, ms: number, signal: AbortSignal): Promise<Reading> {
    if (!this.own) return this.inner.wait(index, ms, signal);
    await this.sleep(ms, signal);
    return this.own;
  }

  async cas(index: number, doc: FenceDocument): Promise<CasResult> {
    // Creating the document stays real, so that both gates start from the same one.
    if (index === 0) return this.inner.cas(index, doc);
    this.own = { index: index + 1, doc };
    return { kind: "written", index: index + 1 };
  }
}
