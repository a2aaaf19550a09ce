/** One thing wrong with a declaration. The checker collects them; nothing is built while there is one. */
export interface Problem {
  readonly environment: string;
  /** Path in the declaration, e.g. `regions[1].network.vpc`. */
  readonly field: string;
  readonly value: unknown;
  /** What is wrong. */
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A problem without the environment's name, as a rule reports it. */
export type Finding = Omit<Problem, "environment">;

export function finding(field: string, value: unknown, what: string, remedy: string): Finding {
  return { field, value, what, remedy };
}

function shown(value: unknown): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** All problems as text for a person: one paragraph each. */
export function describe(problems: readonly Problem[]): string {
  const lines = problems.map(
    (p, i) => `${i + 1}. ${p.environment}: ${p.field} = ${shown(p.value)}\n   ${p.what}.\n   Do: ${p.remedy}.`,
  );
  return `${problems.length} problem${problems.length === 1 ? "" : "s"} in the declarations below stacks/:\n${lines.join("\n")}`;
}
