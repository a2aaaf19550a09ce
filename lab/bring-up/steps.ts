/** Where a line for the operator goes. */
export type Report = (line: string) => void;

/** Prints what is being done, how long it took, and where in the whole it stands. */
export class Steps {
  readonly #times: { readonly name: string; readonly seconds: number }[] = [];
  /** Rejects some time after the interrupt. */
  readonly #interrupted: Promise<never>;

  /**
   * @param startedAt milliseconds of the epoch at which the whole began, which may be in an earlier process
   * @param signal ends the whole between and, where a step listens, within steps
   */
  constructor(
    private readonly report: Report,
    readonly startedAt: number,
    readonly signal: AbortSignal,
  ) {
    this.#interrupted = afterInterrupt(signal);
    // Nobody may be waiting for it when it comes.
    this.#interrupted.catch(() => undefined);
  }

  /** Runs one step. A failure carries the step's name; the caller prints it. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const begun = Date.now();
    try {
      const result = await Promise.race([work(), this.#interrupted]);
      const seconds = (Date.now() - begun) / 1000;
      this.#times.push({ name, seconds });
      this.report(`${clock(Date.now() - this.startedAt)}  ${name} (${seconds.toFixed(1)} s)`);
      return result;
    } catch (error) {
      // Whatever a step says when it is cut off, the cause is the interrupt.
      this.signal.throwIfAborted();
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

/** What a step that listens to the interrupt itself gets to write down what it has done, in milliseconds. */
const grace = 5_000;

function afterInterrupt(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = (): void => void setTimeout(() => reject(new Error("interrupted")), grace).unref();
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}
