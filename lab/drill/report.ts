import type { RegionName } from "../layout";

export type DrillKind = "region-loss" | "switchover" | "gate-kill" | "partition" | "quorum-loss";

export const drillKinds: readonly DrillKind[] = ["region-loss", "switchover", "gate-kill", "partition", "quorum-loss"];

/** What one drill did, as the chain and the gates told it. */
export interface DrillResult {
  readonly kind: DrillKind;
  readonly from: RegionName;
  readonly to: RegionName;
  /** Was Consul's leader in the region that was lost? */
  readonly consulLeaderLost: boolean;
  /** Seconds until the other gate held the role; undefined when it never did within the drill's limit. */
  readonly eligibleSeconds: number | undefined;
  /** Seconds until the other region's gate wrote its first signature. */
  readonly firstSignatureSeconds: number | undefined;
  /** Heights of the world that the drill covers, first and last. */
  readonly heights: readonly [number, number];
  /** Heights in that range whose commit lacks our signature (BlockIDFlagAbsent). */
  readonly missed: readonly number[];
  /** Evidence of misbehaviour in any block from the first to the head. */
  readonly evidence: number;
  /** Seconds from the heal until the lost region was a fit standby again; undefined where nothing was lost or it never was. */
  readonly healedSeconds: number | undefined;
  /** `quorum-loss`: seconds from the quorum's return to the chain's next block; undefined elsewhere or when none came. */
  readonly resumedSeconds?: number;
}

/** Seconds within which the chain goes on after the quorum's return; 30 s allow for the restart of a node. */
const resumeLimit = 30;

export interface Distribution {
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** Order statistics by nearest rank; undefined for an empty list. */
export function distribution(values: readonly number[]): Distribution | undefined {
  const sorted = [...values].sort((x, y) => x - y);
  const rank = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return sorted.length === 0 ? undefined : { min: rank(0), median: rank(0.5), p90: rank(0.9), max: rank(1) };
}

/** Everything that makes a drill a failure, as sentences; empty when it went as promised. */
export function shortcomings(result: DrillResult): string[] {
  if (result.kind === "quorum-loss") return outageShortcomings(result);
  const promised = result.kind === "switchover" ? 0 : result.consulLeaderLost ? 1 : 0;
  const problems: string[] = [];
  if (result.evidence > 0) problems.push(`${result.evidence} pieces of evidence in the blocks: a conflicting signature was made`);
  if (result.eligibleSeconds === undefined) problems.push(`region ${result.to} never took the role`);
  if (result.firstSignatureSeconds === undefined) problems.push(`region ${result.to} never signed`);
  if (result.missed.length > promised) problems.push(`${result.missed.length} heights missed (${result.missed.join(", ")}), promised are at most ${promised}`);
  if (result.kind !== "switchover" && result.healedSeconds === undefined) problems.push(`region ${result.from} did not come back as a standby`);
  return problems;
}

/** While the quorum is gone nothing may be signed, so missed heights are no shortcoming; a chain that stays still is. */
function outageShortcomings(result: DrillResult): string[] {
  const problems: string[] = [];
  if (result.evidence > 0) problems.push(`${result.evidence} pieces of evidence in the blocks: a conflicting signature was made`);
  if (result.resumedSeconds === undefined) problems.push("no block came after the quorum's return");
  else if (result.resumedSeconds > resumeLimit) problems.push(`the chain went on ${result.resumedSeconds.toFixed(1)} s after the quorum's return, promised are ${resumeLimit} s`);
  if (result.healedSeconds === undefined) problems.push("the regions did not become healthy again");
  return problems;
}

/** One drill as a line of the table. */
export function drillLine(number: number, result: DrillResult): string {
  const seconds = (value: number | undefined): string => (value === undefined ? "  never" : `${value.toFixed(2).padStart(5)} s`);
  if (result.kind === "quorum-loss") return `${String(number).padStart(3)}  quorum-loss  next block ${seconds(result.resumedSeconds)} after its return  missed ${result.missed.length}  evidence ${result.evidence}`;
  const leader = result.consulLeaderLost ? " (Consul leader lost too)" : "";
  return `${String(number).padStart(3)}  ${result.kind} ${result.from} -> ${result.to}  eligible ${seconds(result.eligibleSeconds)}  first signature ${seconds(result.firstSignatureSeconds)}  missed ${result.missed.length}  evidence ${result.evidence}${leader}`;
}

/** The distribution over several drills, for people. */
export function summary(results: readonly DrillResult[]): string {
  const row = (what: string, values: readonly (number | undefined)[], unit: string): string => {
    const known = values.filter((value): value is number => value !== undefined);
    const d = distribution(known);
    const f = (n: number): string => (unit === "s" ? n.toFixed(2) : String(n)).padStart(7);
    return d === undefined ? `${what.padEnd(18)} none` : `${what.padEnd(18)}${f(d.min)}${f(d.median)}${f(d.p90)}${f(d.max)}  ${unit}${known.length < values.length ? `  (${values.length - known.length} never)` : ""}`;
  };
  const failed = results.filter((r) => shortcomings(r).length > 0).length;
  return [
    `${results.length} drill${results.length === 1 ? "" : "s"}, ${results.length - failed} as promised`,
    `${"".padEnd(18)}    min median    p90    max`,
    row("eligible", results.map((r) => r.eligibleSeconds), "s"),
    row("first signature", results.map((r) => r.firstSignatureSeconds), "s"),
    ...(results.some((r) => r.kind === "quorum-loss") ? [row("chain goes on", results.map((r) => r.resumedSeconds), "s")] : []),
    row("missed", results.map((r) => r.missed.length), "heights"),
    row("back as standby", results.filter((r) => r.kind !== "switchover").map((r) => r.healedSeconds), "s"),
    `evidence in all blocks: ${results.at(-1)?.evidence ?? 0}`,
  ].join("\n");
}
