import type { ContainerRecord } from "./record";

/** The kubelet's first delay; its cap of 300 s is lowered, since a lab lives for minutes. */
const firstSeconds = 10;
const capSeconds = 30;
/** A container that ran this long did not crash: the row starts anew. The kubelet's 10 minutes, lowered likewise. */
export const steadySeconds = 30;

/** Delay before the next start after so many crashes in a row: none after the first, then 10 s, 20 s, 30 s. */
export function backoffSeconds(crashes: number): number {
  if (crashes <= 1) return 0;
  return Math.min(capSeconds, firstSeconds * 2 ** Math.min(crashes - 2, 10));
}

/** When may this container start again, in milliseconds since the epoch? */
export function startNotBefore(record: ContainerRecord): number {
  if (record.state.kind !== "exited") return 0;
  return Date.parse(record.state.finishedAt) + backoffSeconds(record.crashes) * 1000;
}
