import { BackendError } from "../backend";
import { assertUnprotected, removeInOrder } from "./deletions";
import type { ResourceState } from "./deployment";
import type { Progress } from "./events";
import type { StackState } from "./stack-state";
import type { Steps } from "./steps";

export interface FinishOptions {
  readonly state: StackState;
  readonly progress: Progress;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/**
 * The end of a program that succeeded: deletes what is no longer declared, and what a run that was cut off may have left.
 * @throws BackendError with every failure; what could be deleted is deleted then.
 */
export async function finish({ state, progress, steps, signal }: FinishOptions): Promise<void> {
  const leftover = [...state.undeclared];
  assertUnprotected(leftover.filter((resource) => !resource.pendingReplacement && !resource.delete));
  // Not in the state, but perhaps on a server. Last in the list, so deleted before the providers that they need.
  const possible = state.interrupted.filter((op) => op.type === "creating" && !state.declared(op.resource.urn)).map((op) => op.resource);
  const { errors, kept } = await removeInOrder([...leftover, ...possible], async (resource) => {
    if (signal.aborted) throw new BackendError(`${resource.urn} was not deleted: the run was stopped.`);
    if (possible.includes(resource)) {
      progress.note("An earlier run was cut off while creating this, and it is not declared any more; what may be left of it is deleted.", resource.urn);
      return steps.deletePossible(resource);
    }
    return remove(resource, leftover, { state, progress, steps });
  });
  await state.save();
  if (errors.length === 0) return;
  const messages = errors.map((error) => `  ${error instanceof Error ? error.message : String(error)}`);
  throw new BackendError(`${errors.length} of ${leftover.length + possible.length} deletions failed; ${kept.length} resources stay in the state and are tried again by the next run:\n${messages.join("\n")}`);
}

async function remove(resource: ResourceState, leftover: readonly ResourceState[], { state, progress, steps }: Omit<FinishOptions, "signal">): Promise<void> {
  const forget = (why?: string): void => {
    if (why) progress.note(why, resource.urn);
    state.amend(resource, undefined);
    state.settle(resource.urn);
  };
  if (!resource.custom || resource.type.startsWith("pulumi:providers:")) {
    progress.count("delete");
    return forget();
  }
  if (resource.external) return forget();
  if (resource.pendingReplacement) return forget("It had been deleted to be replaced, and is not declared any more.");
  if (resource.retainOnDelete) return forget("It is kept on its server (retainOnDelete) and forgotten here.");
  const holder = leftover.find((other) => other.urn === resource.deletedWith && !other.retainOnDelete);
  if (holder) {
    progress.count("delete");
    return forget(`It goes with ${holder.urn}.`);
  }
  await steps.delete(resource.delete ? "delete-replaced" : "delete", resource);
}
