/**
 * Inequalities between the lease's figures. R: renewal; L: how long the holder may act; W: how long a challenger waits; rho: how much two
 * monotonic clocks may differ in rate; E: from release to the wire; K: until a killed process is gone.
 */
import type { Environment } from "../types";
import type { Catalogue } from "./catalogue";
import { finding, type Finding } from "./problem";

const rho = 0.01;
const releaseMs = 500;
const killMs = 1_000;
/** Appending to the Raft log on a slow disk, once on the leader and once on the follower that completes the majority. */
const writeMs = 20;

/** Upper estimate of a Consul leader election, in milliseconds, for a `raft_multiplier`. */
export function electionMs(raftMultiplier: number): number {
  return 4_000 * raftMultiplier;
}

/** Estimate of one compare-and-set: to a server, on to the leader, from there to a majority and back. */
export function compareAndSetMs(roundTripMs: number): number {
  return 2 * roundTripMs + writeMs;
}

/** True when a process of the environment is fenced by the lease itself. */
function hasProcessFence(environment: Environment, catalogue: Catalogue): boolean {
  return environment.chains.some((declared) => catalogue.processes(declared).some((process) => process.fence.kind === "process"));
}

export function leaseFindings(environment: Environment, catalogue: Catalogue): readonly Finding[] {
  const { renewMs: r, leaseMs: l, waitMs: w, raftMultiplier } = environment.fence.lease;
  const processFence = hasProcessFence(environment, catalogue);
  const found: Finding[] = [];
  const neededWait = Math.ceil((l * (1 + rho) + releaseMs + (processFence ? killMs : 0)) / (1 - rho));
  if (w < neededWait) {
    found.push(finding("fence.lease.waitMs", w, `A challenger may act while the holder still may: W(1 - rho) < L(1 + rho) + E${processFence ? " + K" : ""}`, `raise waitMs to at least ${neededWait}`));
  }
  const neededLease = processFence ? electionMs(raftMultiplier) + 2 * r : 2 * r;
  if (l < neededLease) {
    const why = processFence ? "a Consul election and two renewals, so an election would stop processes that are fenced by the lease" : "two renewals, so one lost renewal would end the lease";
    found.push(finding("fence.lease.leaseMs", l, `The lease is shorter than ${why}`, `raise leaseMs to at least ${neededLease}${processFence ? " (leaseProfiles.standard)" : ""}`));
  }
  return found;
}

export function roundTripFindings(environment: Environment): readonly Finding[] {
  const { roundTripMs, lease } = environment.fence;
  if (roundTripMs > 100) {
    return [finding("fence.roundTripMs", roundTripMs, "No lease profile holds beyond 100 ms between failure domains", "choose regions and a witness nearer to each other; near or under 50 ms is the aim")];
  }
  return roundTripMs > 50 && lease.raftMultiplier < 2
    ? [finding("fence.lease.raftMultiplier", lease.raftMultiplier, `At ${roundTripMs} ms Consul would hold needless elections with this multiplier`, "use leaseProfiles.wide, or a raftMultiplier of 2 with a lease to match")]
    : [];
}

/** A signature that comes too late is no signature: precommits after 2/3 are collected only during `timeout_commit`. */
export function followFindings(environment: Environment, catalogue: Catalogue): readonly Finding[] {
  const write = compareAndSetMs(environment.fence.roundTripMs);
  return environment.chains.flatMap((declared, i) => {
    const timing = catalogue.gateTiming(declared);
    if (!timing || 2 * (timing.followMs + write) < timing.commitTimeoutMs) return [];
    const most = Math.floor(timing.commitTimeoutMs / 2 - write) - 1;
    return [
      finding(
        `chains[${i}].settings`,
        { followMs: timing.followMs, commitTimeoutMs: timing.commitTimeoutMs },
        `The standby's signature would miss the block: 2 x (follow + compare-and-set of about ${write} ms) >= timeout_commit`,
        most > 0 ? `lower followMs to at most ${most}` : "bring the failure domains nearer together: no followMs is short enough",
      ),
    ];
  });
}
