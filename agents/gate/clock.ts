/** Time behind an interface: tests and simulators bring their own. */
export interface Clock {
  /** Milliseconds on a monotonic clock; all waits and leases use it. */
  now(): number;
  /** Milliseconds since 1970; for people and for fitness checks, never for safety. */
  wall(): number;
  /** Returns early, without an error, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** Wakes everyone who waits for "something changed": the ledger, the role, the chain's height. */
export class Bell {
  private waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  ring(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }

  /** Until the next ring, `ms` at the most, or until the signal fires. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) over.abort();
    this.waiting.push(stop);
    await this.clock.sleep(ms, over.signal);
    this.waiting = this.waiting.filter((wake) => wake !== stop);
    signal?.removeEventListener("abort", stop);
  }
}
