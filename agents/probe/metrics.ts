import { Counter, Gauge, Registry } from "prom-client";
import type { Attendance } from "./attendance";

/** Everything the probe exports. An unknown value is absent, never zero; `chain`, `network` and `region` come from discovery. */
export class ProbeMetrics {
  readonly registry = new Registry();
  readonly up = this.gauge("chainstead_probe_up", "1 when the own node answered the last look");
  readonly headHeight = this.gauge("chainstead_head_height", "Height of the own node's newest block");
  readonly headTime = this.gauge("chainstead_head_time_seconds", "Time in the own node's newest block, seconds since 1970");
  readonly syncing = this.gauge("chainstead_head_syncing", "1 while the own node is catching up");
  readonly referenceHeight = this.gauge("chainstead_reference_height", "Height that independent nodes agree on");
  readonly leaseHeld = this.gauge("chainstead_lease_held", "1 when a gate of either region holds the lease and renews it, as the own gate sees it");
  readonly inSet = this.gauge("chainstead_validator_in_set", "1 when our validator has power at the newest judged height");
  private readonly judged = this.gauge("chainstead_validator_judged_height", "Newest height whose block was judged");
  private readonly lastSigned = this.gauge("chainstead_validator_last_signed_height", "Highest height whose commit carries our signature");
  private readonly consecutive = this.gauge("chainstead_validator_consecutive_missed", "Heights in a row without our signature, up to the newest judged one");
  private readonly missed = this.counter("chainstead_validator_missed_total", "Heights without our signature while we were in the set, since the probe started to look");
  private readonly evidence = this.counter("chainstead_evidence_total", "Pieces of evidence against our validator in judged blocks");
  private readonly fresh = new Gauge({ name: "chainstead_fresh_file_mtime_seconds", help: "Newest change of the files of a glob, seconds since 1970", labelNames: ["glob"], registers: [this.registry] });

  attendance(now: Attendance): void {
    this.judged.set(now.seen);
    this.consecutive.set(now.consecutiveMissed);
    setOrDrop(this.lastSigned, now.lastSigned > 0 ? now.lastSigned : undefined);
    raiseTo(this.missed, now.missed);
    raiseTo(this.evidence, now.evidence);
  }

  freshFile(glob: string, timeMs: number | undefined): void {
    if (timeMs === undefined) {
      this.fresh.remove({ glob });
    } else {
      this.fresh.set({ glob }, timeMs / 1000);
    }
  }

  private gauge(name: string, help: string): Gauge {
    const gauge = new Gauge({ name, help, registers: [this.registry] });
    // The library starts every gauge at 0, which would be a claim.
    gauge.remove();
    return gauge;
  }

  private counter(name: string, help: string): Counter & { last?: number } {
    return new Counter({ name, help, registers: [this.registry] });
  }
}

export function setOrDrop(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) {
    gauge.remove();
  } else {
    gauge.set(value);
  }
}

/** Counters only go up; another validator's key starts a new count that is added to the old one. */
function raiseTo(counter: Counter & { last?: number }, value: number): void {
  const last = counter.last ?? 0;
  counter.inc(value >= last ? value - last : value);
  counter.last = value;
}
