/** Where a line for the operator goes. */
export type Report = (line: string) => void;

/** Prints what is being done, how long it took, and where in the whole it stands. */
export class Steps {
  readonly #times: { readonly name: string; readonly seconds: number }[] = [];

  /**
   * @param startedAt milliseconds of the epoch at which the whole began, which may be in an earlier process
   * @param signal ends the whole between and, where a step listens, within steps
   */
  constructor(
    private readonly report: Report,
    readonly startedAt: number,
    readonly signal: AbortSignal,
  ) {}

  /** Runs one step. A failure carries the step's name; the caller prints it. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const begun = Date.now();
    try {
      const result = await Promise.race([work(), aborted(this.signal)]);
      const seconds = (Date.now() - begun) / 1000;
      this.#times.push({ name, seconds });
      this.report(`${clock(Date.now() - this.startedAt)}  ${name} (${seconds.toFixed(1)} s)`);
      return result;
    } catch (error) {
      if (this.signal.aborted) throw error;
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  get times(): readonly { readonly name: string; readonly seconds: number }[] {
    return this.#times;
  }
}

/** `  12.3 s`, as wide as a bring-up may last. */
function clock(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`.padStart(8);
}

/** Rejects when the signal comes, so that an interrupt is answered at once whatever a step waits for. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason instanceof Error ? signal.reason : new Error("interrupted")), { once: true });
  });
}
