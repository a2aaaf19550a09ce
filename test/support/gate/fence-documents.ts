import { claim, create, record, type FenceDocument, type Holder, type Step } from "../../../agents/gate/document";

/** Fixed names for unit tests of the gate. */
export const a: Holder = { region: "a", instance: "a-1" };
export const b: Holder = { region: "b", instance: "b-1" };
export const address = "0123456789ABCDEF0123456789ABCDEF01234567";

export function contentId(word: string): string {
  return Buffer.from(word).toString("hex").padEnd(64, "0").slice(0, 64);
}

export function fresh(floor = 1): FenceDocument {
  return create({ lineage: "l-1", chain: "cosmos-local", address, floor });
}

export function heldBy(holder: Holder, from: FenceDocument = fresh()): FenceDocument {
  return claim(from, { me: holder, reason: "test", automatic: false, at: "2026-01-01T00:00:00.000Z" });
}

export interface Written {
  readonly h: number;
  readonly r?: number;
  readonly step: Step;
  /** A block's name; empty for nil. @default "X" */
  readonly block?: string;
  readonly writer?: Holder;
}

export function withRecords(doc: FenceDocument, ...entries: readonly Written[]): FenceDocument {
  return entries.reduce((before, e) => {
    const block = e.block ?? "X";
    return record(before, { h: e.h, r: e.r ?? 0, step: e.step, block, contentId: contentId(`${e.step}${block}`), timestamp: { s: 100, n: 5 }, writer: e.writer ?? a });
  }, doc);
}
