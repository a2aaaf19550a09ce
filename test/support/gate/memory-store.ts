import type { FenceDocument } from "../../../agents/gate/document";
import { StoreUnavailable, type CasResult, type FenceStore, type Reading } from "../../../agents/gate/store";

/** A linearizable register with compare-and-set: what the quorum is to a gate. */
export class Register {
  constructor(
    public index = 0,
    public doc: FenceDocument | undefined = undefined,
  ) {}

  read(): Reading {
    return { index: this.index, doc: this.doc };
  }

  cas(index: number, doc: FenceDocument): CasResult {
    if (index !== this.index) return { kind: "stale" };
    this.index++;
    this.doc = doc;
    return { kind: "written", index: this.index };
  }
}

/** What happens to one message exchange. `late`: the caller is told that it failed, and it is carried out afterwards. */
export type Fate = "ok" | "request lost" | "reply lost" | "late";

/** The way to a register: `step` delays each half of an exchange for as long as it likes, and each exchange has a fate. */
export class MemoryStore implements FenceStore {
  constructor(
    private readonly register: Register,
    private readonly step: (label: string) => Promise<void>,
    private readonly fate: () => Fate,
  ) {}

  read(): Promise<Reading> {
    return this.exchange("read", () => this.register.read());
  }

  readFromAny(): Promise<Reading> {
    return this.exchange("probe", () => this.register.read());
  }

  wait(): Promise<Reading> {
    return this.exchange("wait", () => this.register.read());
  }

  cas(index: number, doc: FenceDocument): Promise<CasResult> {
    return this.exchange("cas", () => this.register.cas(index, doc));
  }

  private async exchange<T>(label: string, operation: () => T): Promise<T> {
    const fate = this.fate();
    if (fate === "late") {
      this.step(`${label} much later`).then(operation, () => undefined);
      throw new StoreUnavailable("timed out, carried out later");
    }
    await this.step(`${label} request`);
    if (fate === "request lost") throw new StoreUnavailable("request lost");
    const result = operation();
    await this.step(`${label} reply`);
    if (fate === "reply lost") throw new StoreUnavailable("reply lost");
    return result;
  }
}
