import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { difference, type Difference } from "./diff";
import { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate";
import { readFixtures, withStackOutputs, type Fixtures } from "./fixtures";
import type { PropertyMap } from "./backend";
import { checkOut } from "./revision";
import { readSnapshot, snapshotOf, type Snapshot } from "./snapshot";
import type { Target } from "./targets";

/** The other side of the comparison, asked stack by stack in the environment's order. */
export interface Base {
  readonly label: string;
  /** The stack as it was; undefined with a reason when it cannot be known. */
  of(stack: string): Promise<{ readonly snapshot?: Snapshot; readonly missing?: string }>;
  close(): void;
}

type Common = Omit<EvaluateOptions, "root" | "stack" | "fixtures">;

/** Evaluates stacks one after another, each seeing the outputs of those before. */
export class Evaluator {
  readonly #outputs: Record<string, PropertyMap> = {};
  readonly #fixtures: Fixtures;

  constructor(
    private readonly root: string,
    target: Target,
    private readonly common: Common,
    fallback?: Fixtures,
  ) {
    const declared = readFixtures(join(root, target.fixtures));
    this.#fixtures = fallback ? { ...declared, stackReferences: { ...fallback.stackReferences, ...declared.stackReferences }, invokes: { ...fallback.invokes, ...declared.invokes } } : declared;
  }

  async of(stack: string): Promise<Evaluation> {
    const evaluation = await evaluate({ ...this.common, root: this.root, stack, fixtures: withStackOutputs(this.#fixtures, this.#outputs) });
    if (evaluation.exitCode === 0) this.#outputs[stack] = evaluation.outputs;
    return evaluation;
  }
}

/**
 * Opens the other side: a file or a folder of `<stack>.json` files (states or earlier digests), or else a revision of the repository.
 * @throws Error when it is neither
 */
export async function openBase(root: string, against: string, target: Target, common: Common, say: (line: string) => void): Promise<Base> {
  if (existsSync(against)) {
    const folder = statSync(against).isDirectory();
    return {
      label: against,
      of: (stack) => {
        const file = folder ? join(against, `${stack}.json`) : against;
        if (!existsSync(file)) return Promise.resolve({ missing: `${file} does not exist, so all of ${stack} counts as new.` });
        return Promise.resolve().then(() => ({ snapshot: readSnapshot(file, stack) }));
      },
      close: () => undefined,
    };
  }
  const checkout = await checkOut(root, against, say, common.signal);
  // Answers that the older revision does not declare yet are taken from this one: they describe the same outside world.
  const evaluator = new Evaluator(checkout.root, target, common, readFixtures(join(root, target.fixtures)));
  const label = checkout.commit.startsWith(against) ? checkout.commit : `${against} (${checkout.commit})`;
  return {
    label,
    of: async (stack) => {
      const evaluation = await evaluator.of(stack);
      if (evaluation.exitCode === 0) return { snapshot: snapshotOf(evaluation, label) };
      const reason = evaluation.logs.find(({ severity }) => severity === "error")?.message.split("\n")[0] ?? `exit code ${evaluation.exitCode}`;
      return { missing: `${stack} could not be evaluated at ${label}, so all of it counts as new: ${reason}` };
    },
    close: checkout.remove,
  };
}

/** What changed since the base; everything is new where the base is not known, and `missing` says why. */
export async function compareWith(base: Base, evaluation: Evaluation): Promise<{ readonly difference: Difference; readonly missing?: string }> {
  const { snapshot, missing } = await base.of(evaluation.stack);
  const before = snapshot ?? { label: base.label, deployed: false, resources: [] };
  return { difference: difference(before, snapshotOf(evaluation, "this")), ...(missing ? { missing } : {}) };
}
