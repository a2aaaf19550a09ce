import type { Role } from "./decide";
import type { Failover, FenceDocument } from "./document";
import type { Precondition } from "./preconditions";

/** What `/status` answers: everything an operator may see, and no secret. Times are ISO 8601, durations milliseconds. */
export interface GateStatus {
  readonly instance: string;
  readonly chain: string;
  readonly network: string;
  readonly chainId: string;
  readonly region: string;
  /** This process; a new one for each start. */
  readonly process: string;
  readonly role: Role;
  /** Why the node is shown a decoy key; absent outside of quarantine. */
  readonly quarantine?: string;
  readonly ledgerMode: "follow" | "silent";
  readonly key: { readonly address?: string; readonly publicKey?: string; readonly problem?: string };
  readonly node: { readonly connected: boolean; readonly height?: number; readonly headTime?: string; readonly catchingUp?: boolean; readonly lag?: number };
  readonly chainHeight?: number;
  readonly references: { readonly configured: number; readonly answering: number; readonly problems: readonly string[] };
  readonly ledger: { readonly up: boolean; readonly cause?: string; readonly halted?: string; readonly document?: FenceDocument; readonly leaseAgeMs?: number };
  readonly epoch: number;
  /** Region that holds the document. */
  readonly holder?: string;
  readonly preconditions: readonly Precondition[];
  /** All preconditions hold. */
  readonly promotable: boolean;
  /** All that a planned switchover needs hold. */
  readonly fit: boolean;
  /** What the gate is about to do, or why it does nothing. */
  readonly plan: string;
  readonly lastSigned?: { readonly h: number; readonly r: number; readonly step: number; readonly outcome: string };
  /** Signatures since the process started; refusals by reason. */
  readonly signatures: { readonly written: number; readonly replayed: number; readonly held: number; readonly refused: Readonly<Record<string, number>> };
  readonly lastFailover?: Failover;
  readonly restartNode?: string;
}

/** Ready: connected, and not lagging more than a block. */
export function ready(status: GateStatus): { readonly ok: boolean; readonly why: string } {
  if (!status.node.connected) return { ok: false, why: "the node is not connected to this gate" };
  if (status.node.height === undefined) return { ok: false, why: "the node's RPC does not answer" };
  if (status.node.catchingUp === true) return { ok: false, why: "the node is catching up" };
  if ((status.node.lag ?? 0) > 1) return { ok: false, why: `the node is ${status.node.lag} blocks behind` };
  return { ok: true, why: "connected and at the chain's head" };
}
