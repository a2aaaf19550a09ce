/**
 * What was done to a resource. `delete-replaced` removed the former incarnation of a replaced one; `read` brought in something foreign;
 * `forget` dropped it from the state only.
 */
export type Op = "create" | "update" | "replace" | "delete" | "delete-replaced" | "same" | "read" | "forget";

/** One line of progress. Never holds an input or an output. */
export type ApplyEvent =
  | { readonly kind: "started"; readonly op: Op; readonly urn: string; readonly type: string; readonly paths?: readonly string[] }
  | { readonly kind: "done"; readonly op: Op; readonly urn: string; readonly type: string; readonly seconds: number }
  | { readonly kind: "failed"; readonly op: Op; readonly urn: string; readonly type: string; readonly message: string }
  | { readonly kind: "note"; readonly urn?: string; readonly message: string };

/** How many resources each thing happened to; components and providers count, as in `pulumi up`. */
export interface Summary {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

/** Counts what is done and passes every event on. */
export class Progress {
  readonly #counts: Record<Op, number> = { create: 0, update: 0, replace: 0, delete: 0, "delete-replaced": 0, same: 0, read: 0, forget: 0 };

  constructor(private readonly listener: (event: ApplyEvent) => void) {}

  get summary(): Summary {
    const { create, update, replace, delete: deleted, same } = this.#counts;
    return { create, update, replace, delete: deleted, same };
  }

  note(message: string, urn?: string): void {
    this.listener({ kind: "note", message, urn });
  }

  /** Counts what needed no server: components, providers and what is as it was. */
  count(op: Op): void {
    this.#counts[op]++;
  }

  async step<T>(op: Op, resource: { readonly urn: string; readonly type: string }, paths: readonly string[], action: () => Promise<T>): Promise<T> {
    const { urn, type } = resource;
    const from = Date.now();
    this.listener({ kind: "started", op, urn, type, paths });
    try {
      const result = await action();
      this.#counts[op]++;
      this.listener({ kind: "done", op, urn, type, seconds: (Date.now() - from) / 1000 });
      return result;
    } catch (error) {
      this.listener({ kind: "failed", op, urn, type, message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }
}
