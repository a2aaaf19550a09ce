import type { FenceDocument } from "./document";

export interface Reading {
  /** Index of the last change; 0 when there is no document. */
  readonly index: number;
  readonly doc?: FenceDocument;
}

export type CasResult = { readonly kind: "written"; readonly index: number } | { readonly kind: "stale" };

/** No answer, or one that says nothing. For a compare-and-set the outcome is unknown: read again, never repeat blindly. */
export class StoreUnavailable extends Error {}

/** Where the document lives. Small on purpose: Consul, a simulator or another linearizable store fit behind it. */
export interface FenceStore {
  /** Linearizable. @throws StoreUnavailable, DocumentUnreadable */
  read(): Promise<Reading>;
  /** Asks every server at once; the first answer counts. Used while the store is down. @throws StoreUnavailable, DocumentUnreadable */
  readFromAny(): Promise<Reading>;
  /** Returns when the index moves past `index`, or after `ms`. @throws StoreUnavailable, DocumentUnreadable */
  wait(index: number, ms: number, signal: AbortSignal): Promise<Reading>;
  /** Writes if the index is still `index` (0: if there is no document). @throws StoreUnavailable */
  cas(index: number, doc: FenceDocument): Promise<CasResult>;
}
