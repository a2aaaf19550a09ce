import { check, type CheckResult, type CheckTarget } from "./check";
import type { Container, Probe } from "./kube-types";

export type ProbeKind = "startup" | "readiness" | "liveness";

/** What probes found; the prober itself stops nothing. */
export interface ProbeListener {
  started(): void;
  ready(ready: boolean): void;
  /** The startup or liveness probe failed as often as it may. */
  unhealthy(kind: ProbeKind, message: string, graceSeconds: number | undefined): void;
  failed(kind: ProbeKind, message: string): void;
}

/** The successes and failures in a row of one probe, and what they mean. */
export class Streak {
  private successes = 0;
  private failures = 0;

  constructor(private readonly probe: Pick<Probe, "successThreshold" | "failureThreshold">) {}

  /** @returns the verdict when a threshold is reached, undefined in between */
  take(ok: boolean): boolean | undefined {
    this.successes = ok ? this.successes + 1 : 0;
    this.failures = ok ? 0 : this.failures + 1;
    if (ok) return this.successes >= (this.probe.successThreshold ?? 1) ? true : undefined;
    return this.failures >= (this.probe.failureThreshold ?? 3) ? false : undefined;
  }
}

/**
 * A check that took far longer than its timeout says that this process was frozen or starved, and nothing about the
 * container: a region that goes on after it stood still must not begin by restarting its nodes.
 */
export function stoodStill(tookMs: number, timeoutSeconds: number, probe: Pick<Probe, "exec">): boolean {
  return tookMs > timeoutSeconds * 1000 + (probe.exec ? 3000 : 1000);
}

/** Runs the probes of one running container: the startup probe first, the other two once it has passed. */
export class Prober {
  private readonly timers = new Map<ProbeKind, NodeJS.Timeout>();
  private stopped = false;

  constructor(
    private readonly container: Container,
    private readonly target: CheckTarget,
    private readonly listener: ProbeListener,
    /** Milliseconds since the epoch at which the container was started. */
    private readonly startedAt: number,
  ) {}

  /** @param started whether the startup probe has passed before, in a life of the agent that ended */
  start(started: boolean, ready: boolean): void {
    const { startupProbe } = this.container;
    if (startupProbe && !started) return this.begin("startup", startupProbe);
    if (!started) this.listener.started();
    this.afterStartup(ready);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private afterStartup(ready: boolean): void {
    const { readinessProbe, livenessProbe } = this.container;
    if (readinessProbe) this.begin("readiness", readinessProbe);
    else if (!ready) this.listener.ready(true);
    if (livenessProbe) this.begin("liveness", livenessProbe);
  }

  private begin(kind: ProbeKind, probe: Probe): void {
    const streak = new Streak(probe);
    const period = (probe.periodSeconds ?? 10) * 1000;
    const first = Math.max(0, this.startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - Date.now());
    const timeout = probe.timeoutSeconds ?? 1;
    const round = async (): Promise<void> => {
      const began = performance.now();
      const result = await check(probe, timeout, this.target);
      if (this.stopped) return;
      const took = performance.now() - began;
      const again = stoodStill(took, timeout, probe) || this.judge(kind, probe, streak, result);
      if (again && !this.stopped) this.schedule(kind, round, Math.max(0, period - took));
    };
    this.schedule(kind, round, first);
  }

  private schedule(kind: ProbeKind, round: () => Promise<void>, delay: number): void {
    this.timers.set(kind, setTimeout(() => void round(), delay));
  }

  private judge(kind: ProbeKind, probe: Probe, streak: Streak, result: CheckResult): boolean {
    const verdict = streak.take(result.ok);
    if (!result.ok) this.listener.failed(kind, result.message);
    if (verdict === undefined) return true;
    if (kind === "readiness") {
      this.listener.ready(verdict);
      return true;
    }
    if (verdict && kind === "startup") {
      this.listener.started();
      this.afterStartup(false);
      return false;
    }
    if (!verdict) {
      this.listener.unhealthy(kind, result.message, probe.terminationGracePeriodSeconds);
      return false;
    }
    return true;
  }
}
