import { readFileSync } from "node:fs";
import { applyStack, type ApplyStackOptions } from "../../../preview/apply/command";
import type { Provider } from "../../../preview/apply/providers/provider";
import { type Factories, factories } from "../../../preview/apply/providers/providers";

/**
 * A program of its own, so that a test can lose it: applies the stack of the options file and kills itself, as `kill -9` would, at a named point.
 * Arguments: options file; `before` or `after`; operation; how many of them go through first.
 */
const [file = "", when, operation, count] = process.argv.slice(2);
let left = Number(count);

function reached(moment: string, what: string): void {
  if (moment !== when || what !== operation) return;
  if (left === 0) process.kill(process.pid, "SIGKILL");
  left--;
}

const crashing: Factories = Object.fromEntries(Object.entries(factories).map(([name, make]) => [name, (inputs) => wrap(make(inputs))]));

function wrap(provider: Provider): Provider {
  const around = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    reached("before", what);
    const result = await action();
    reached("after", what);
    return result;
  };
  return {
    types: provider.types,
    supports: provider.supports?.bind(provider),
    secrets: provider.secrets?.bind(provider),
    check: provider.check.bind(provider),
    plannedId: provider.plannedId.bind(provider),
    diff: provider.diff.bind(provider),
    read: provider.read.bind(provider),
    settle: provider.settle?.bind(provider),
    create: (wanted) => around("create", () => provider.create(wanted)),
    update: (wanted, old) => around("update", () => provider.update(wanted, old)),
    delete: (existing, onlyOwn) => around("delete", () => provider.delete(existing, onlyOwn)),
  };
}

void applyStack({ ...(JSON.parse(readFileSync(file, "utf8")) as ApplyStackOptions), factories: crashing, parallel: 4 });
