import { BackendError } from "../backend";
import { Limit } from "../limit";
import type { PropertyMap } from "../values";
import { needs } from "./deletions";
import type { ResourceState } from "./deployment";
import type { Op, Progress } from "./events";
import { providerTimeouts } from "./goal";
import { type JsonObject, markSecrets, plainMap } from "./plain";
import type { ProviderSet } from "./provider-set";
import { type Existing, NotReady, type Provider, ProviderError, type Result, type Wanted } from "./providers/provider";
import type { StackState } from "./stack-state";

export interface StepOptions {
  readonly state: StackState;
  readonly providers: ProviderSet;
  readonly progress: Progress;
  /** Changes sent to servers at once; waiting for readiness does not count. */
  readonly parallel: number;
  readonly signal: AbortSignal;
}

/** A goal with everything that is needed to reach it. */
export interface Task {
  readonly goal: ResourceState;
  readonly wanted: Wanted;
  readonly provider: Provider;
}

const notYetReady = "the run ended before it was known to be ready";

/** The changes of the world, each between its two writes of the state. */
export class Steps {
  readonly #limit: Limit;
  /** Resources that something they hung on may have taken along when it was deleted. */
  readonly #uncertain = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(private readonly options: StepOptions) {
    this.#limit = new Limit(options.parallel);
  }

  /** Resolves when no step runs any more, however they ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  isUncertain(urn: string): boolean {
    return this.#uncertain.has(urn);
  }

  create(op: "create" | "replace", task: Task, former: ResourceState | undefined, paths: readonly string[] = []): Promise<ResourceState> {
    return this.#step(op, task.goal, paths, () => this.#create(task, former));
  }

  update(task: Task, old: ResourceState, paths: readonly string[]): Promise<ResourceState> {
    const { goal, wanted, provider } = task;
    return this.#step("update", goal, paths, async () => {
      const pending = { ...goal, id: old.id };
      const result = await this.#limited("updating", pending, async () => {
        const updated = await provider.update(wanted, this.existing(old));
        this.#declare(task, updated, old, old.created);
        return updated;
      });
      return this.#settle(task, result);
    });
  }

  /** Deletes the former incarnation, then creates the new one; a crash between leaves the former marked `pendingReplacement`. */
  replaceInPlace(task: Task, old: ResourceState, paths: readonly string[]): Promise<ResourceState> {
    return this.#step("replace", task.goal, paths, async () => {
      await this.#remove(old, false, { ...old, pendingReplacement: true });
      this.#doubtDependentsOf(old.urn);
      return this.#create(task, { ...old, pendingReplacement: true });
    });
  }

  /** Creates the new incarnation; the former one stays in the state, to be deleted when the program has ended. */
  async replaceThenDelete(task: Task, old: ResourceState, paths: readonly string[]): Promise<ResourceState> {
    const former = { ...old, delete: true, protect: false };
    const created = await this.create("replace", task, undefined, paths);
    this.options.state.amend(old, former);
    await this.options.state.save();
    return created;
  }

  delete(op: "delete" | "delete-replaced", old: ResourceState): Promise<void> {
    return this.#step(op, old, [], () => this.#remove(old, false, undefined));
  }

  /** Deletes what a creation that was cut off may have left, if it is there and ours. */
  deletePossible(possible: ResourceState): Promise<void> {
    return this.#step("delete", possible, [], () => this.#remove(possible, true, undefined));
  }

  /** A resource as providers see one of the state. */
  existing(resource: ResourceState): Existing {
    return {
      urn: resource.urn,
      type: resource.type,
      id: resource.id,
      inputs: plainMap(resource.inputs, resource.urn),
      outputs: plainMap(resource.outputs, resource.urn),
      timeouts: providerTimeouts(resource),
      signal: this.options.signal,
    };
  }

  #step<T>(op: Op, resource: ResourceState, paths: readonly string[], action: () => Promise<T>): Promise<T> {
    const step = this.options.progress.step(op, resource, paths, action);
    this.#running.add(step);
    const over = (): void => void this.#running.delete(step);
    step.then(over, over);
    return step;
  }

  async #create(task: Task, former: ResourceState | undefined): Promise<ResourceState> {
    const { goal, wanted, provider } = task;
    const planned = provider.plannedId(goal.type, wanted.inputs);
    const result = await this.#limited("creating", { ...goal, ...(planned !== undefined && { id: planned }) }, async () => {
      const created = await provider.create(wanted);
      this.#declare(task, created, former, undefined);
      return created;
    });
    return this.#settle(task, result);
  }

  async #remove(old: ResourceState, onlyOwn: boolean, leaves: ResourceState | undefined): Promise<void> {
    const provider = this.options.providers.for(old);
    await this.#limited("deleting", old, async () => {
      await provider.delete(this.existing(old), onlyOwn);
      this.options.state.amend(old, leaves);
    });
  }

  #limited<T>(type: "creating" | "updating" | "deleting", resource: ResourceState, action: () => Promise<T>): Promise<T> {
    return this.#limit.run(() => {
      if (this.options.signal.aborted) throw new BackendError("The run was stopped before this was begun.");
      return this.options.state.operation(type, resource, action, isUnclear);
    });
  }

  #declare(task: Task, result: Result, former: ResourceState | undefined, created: string | undefined): void {
    const now = new Date().toISOString();
    const state = { ...task.goal, id: result.id, outputs: outputsOf(task, result.outputs), created: created ?? now, modified: now };
    this.options.state.declare(task.provider.settle ? { ...state, initErrors: [notYetReady] } : state, former);
  }

  async #settle(task: Task, result: Result): Promise<ResourceState> {
    const { state } = this.options;
    const { urn } = task.goal;
    if (task.provider.settle) {
      try {
        const settled = await task.provider.settle(task.wanted, result);
        state.amendDeclared(urn, ({ initErrors: _, ...resource }) => ({ ...resource, outputs: outputsOf(task, settled.outputs) }));
      } catch (error) {
        if (error instanceof NotReady) state.amendDeclared(urn, (resource) => ({ ...resource, outputs: outputsOf(task, error.result.outputs), initErrors: [error.message] }));
        throw error;
      } finally {
        await state.save();
      }
    }
    const settled = state.declared(urn);
    if (!settled) throw new Error(`${urn} was created but is not in the state.`);
    return settled;
  }

  #doubtDependentsOf(urn: string): void {
    for (const other of this.options.state.undeclared) {
      if (other.urn === urn || this.#uncertain.has(other.urn) || !needs(other).includes(urn)) continue;
      this.#uncertain.add(other.urn);
      this.#doubtDependentsOf(other.urn);
    }
  }
}

/** Did the world perhaps change although the operation failed? Only a server's refusal says that it did not. */
function isUnclear(error: unknown): boolean {
  return !(error instanceof ProviderError && error.options.refused === true) && !(error instanceof BackendError);
}

export function outputsOf(task: Pick<Task, "goal" | "provider">, outputs: JsonObject): PropertyMap {
  const always = [...(task.provider.secrets?.(task.goal.type) ?? []), ...(task.goal.additionalSecretOutputs ?? [])];
  return markSecrets(outputs, task.goal.inputs, always);
}
