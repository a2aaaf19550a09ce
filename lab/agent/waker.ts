/** Lets one sleeper be woken by many; a call while nobody sleeps makes the next sleep end at once. */
export class Waker {
  private pending = false;
  private end?: () => void;

  wake(): void {
    this.pending = true;
    this.end?.();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.end = undefined;
        this.pending = false;
        resolve();
      };
      const timer = setTimeout(done, ms);
      if (this.pending || signal.aborted) return done();
      this.end = done;
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
