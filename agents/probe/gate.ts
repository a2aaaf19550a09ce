import { z } from "zod";
import { getJson } from "./rpc";

/** What the probe needs to know from the gate beside it. */
export interface GateView {
  /** Consensus address of our validator; unknown before the key was rendered. */
  readonly validator?: string;
  /** Some gate, of either region, holds the document and renews it. */
  readonly leaseHeld: boolean;
}

/** A holder renews every second or so; a lease this old is one that nobody renews. */
const deadLeaseMs = 15_000;

const status = z.looseObject({
  key: z.looseObject({ address: z.string().optional() }),
  ledger: z.looseObject({ up: z.boolean(), leaseAgeMs: z.number().optional(), document: z.looseObject({ state: z.string(), address: z.string().optional() }).optional() }),
});

export async function readGate(url: string, timeoutMs = 2000): Promise<GateView> {
  const { key, ledger } = status.parse(await getJson(url, timeoutMs));
  return {
    // The document knows the validator even while this region's key is not there.
    validator: (key.address ?? ledger.document?.address)?.toUpperCase(),
    leaseHeld: ledger.up && ledger.document?.state === "HELD" && (ledger.leaseAgeMs ?? Infinity) < deadLeaseMs,
  };
}
