import type { LeaseTiming } from "../chains/gate-config";

/**
 * Proven sets of lease figures. `fast` is for chains whose fence is the ledger alone: there the lease only says who writes first.
 * `standard` also holds for processes that are fenced by the lease itself. `wide` is for 50 to 100 ms between the failure domains.
 */
export const leaseProfiles = {
  fast: { renewMs: 1_000, leaseMs: 4_000, waitMs: 5_000, raftMultiplier: 1 },
  standard: { renewMs: 1_000, leaseMs: 8_000, waitMs: 10_000, raftMultiplier: 1 },
  wide: { renewMs: 2_000, leaseMs: 15_000, waitMs: 18_000, raftMultiplier: 2 },
} as const satisfies Record<string, LeaseTiming>;
