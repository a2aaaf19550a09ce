import type { Report } from "./program";

/** Milliseconds between lines about something that goes on. */
const lineEvery = 10_000;

/** Tells the operator what is being provided, which of how many it is, and for how long already. */
export class Progress {
  /** @param all every program of this run, in the order in which they are counted */
  constructor(
    private readonly report: Report,
    private readonly all: readonly string[],
    private readonly every = lineEvery,
  ) {}

  async during<T>(what: string, names: readonly string[], work: (detail: (text: string) => void) => Promise<T>): Promise<T> {
    const begun = Date.now();
    const seconds = (): string => `${((Date.now() - begun) / 1000).toFixed(0)} s`;
    const numbers = names.map((name) => this.all.indexOf(name) + 1).join("+");
    const head = `[${numbers} of ${this.all.length}] ${names.join(", ")}`;
    let latest = "";
    this.report(`${head}: ${what}`);
    const timer = setInterval(() => this.report(`${head}: ${what}, ${seconds()}${latest && ` (${latest})`}`), this.every);
    try {
      return await work((text) => (latest = text));
    } finally {
      clearInterval(timer);
      this.report(`${head}: ended after ${seconds()}`);
    }
  }
}
