import type { Operation, OperationType, ResourceState } from "./deployment";
import type { StateFile } from "./state-file";

/** What a run that was killed left unanswered about one resource. */
export interface Interrupted {
  readonly type: OperationType;
  readonly resource: ResourceState;
}

/**
 * The state of a stack while a run changes it: what this run has declared so far, then what earlier runs left and this one has not
 * reached yet. That order is also the file's, so that a resource always stands after those it needs.
 */
export class StackState {
  #declared: ResourceState[] = [];
  #earlier: ResourceState[];
  #running = new Set<Operation>();
  #interrupted: Interrupted[];
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(
    private readonly file: StateFile,
    resources: readonly ResourceState[],
    pending: readonly Operation[],
  ) {
    this.#earlier = [...resources];
    this.#interrupted = [...pending];
  }

  static async load(file: StateFile): Promise<StackState> {
    const { resources, pending } = await file.read();
    return new StackState(file, resources, pending);
  }

  get isEmpty(): boolean {
    return this.#declared.length + this.#earlier.length + this.#interrupted.length === 0;
  }

  get all(): readonly ResourceState[] {
    return [...this.#declared, ...this.#earlier];
  }

  /** Earlier resources that this run has not declared (so far): after the program's end, what is to be deleted. */
  get undeclared(): readonly ResourceState[] {
    return this.#earlier;
  }

  get interrupted(): readonly Interrupted[] {
    return this.#interrupted;
  }

  declared(urn: string): ResourceState | undefined {
    return this.#declared.find((resource) => resource.urn === urn);
  }

  /** Where a provider reference `urn::id` leads, whether this run declared the provider or an earlier one. */
  provider(reference: string): ResourceState | undefined {
    const urn = reference.slice(0, reference.lastIndexOf("::"));
    return this.declared(urn) ?? this.#earlier.find((resource) => resource.urn === urn);
  }

  /** The earlier incarnation of a resource by its name or one it had before. A new name is carried into all references to the old one. */
  earlier(urn: string, aliases: readonly string[]): ResourceState | undefined {
    for (const candidate of [urn, ...aliases]) {
      const found = this.#earlier.find((resource) => resource.urn === candidate && !resource.delete);
      if (!found) continue;
      if (candidate === urn) return found;
      const renamed = { ...found, urn };
      this.amend(found, renamed);
      this.#earlier = this.#earlier.map((resource) => refer(resource, candidate, urn));
      this.#declared = this.#declared.map((resource) => refer(resource, candidate, urn));
      this.#interrupted = this.#interrupted.map((op) => (op.resource.urn === candidate ? { ...op, resource: { ...op.resource, urn } } : op));
      return renamed;
    }
    return undefined;
  }

  /** Records a declared resource in place of its earlier incarnation. Not yet on disk: see `save`. */
  declare(resource: ResourceState, replaces?: ResourceState): void {
    if (replaces) this.amend(replaces, undefined);
    const at = this.#declared.findIndex((other) => other.urn === resource.urn);
    if (at >= 0) this.#declared[at] = resource;
    else this.#declared.push(resource);
  }

  /** Changes an entry that this run has not declared yet, or drops it. */
  amend(old: ResourceState, changed: ResourceState | undefined): void {
    this.#earlier = this.#earlier.flatMap((other) => (isEntry(other, old) ? (changed ? [changed] : []) : [other]));
  }

  /** Changes the record of a declared resource, if there is one. */
  amendDeclared(urn: string, change: (resource: ResourceState) => ResourceState): void {
    this.#declared = this.#declared.map((resource) => (resource.urn === urn ? change(resource) : resource));
  }

  /** Forgets what an earlier run left open about a resource, because it has been done over. */
  settle(urn: string): void {
    this.#interrupted = this.#interrupted.filter((op) => op.resource.urn !== urn);
  }

  /**
   * Runs a change of the world between two writes of the state: before it the operation stands there as pending, after it its result.
   * `action` records the result itself. When it throws, the operation stays pending if `unclear` says that the world may have changed.
   */
  async operation<T>(type: OperationType, resource: ResourceState, action: () => Promise<T>, unclear: (error: unknown) => boolean): Promise<T> {
    const operation: Operation = { type, resource };
    this.#running.add(operation);
    try {
      await this.save();
    } catch (error) {
      // Nothing is begun that cannot be written down first.
      this.#running.delete(operation);
      throw error;
    }
    try {
      const result = await action();
      this.settle(resource.urn);
      return result;
    } catch (error) {
      if (unclear(error)) this.#interrupted.push(operation);
      throw error;
    } finally {
      this.#running.delete(operation);
      await this.save();
    }
  }

  /** Resolves when everything recorded so far is on disk. Calls that come while a write runs share the next one. */
  save(): Promise<void> {
    if (!this.#writing) {
      this.#writing = this.#write().finally(() => (this.#writing = undefined));
      return this.#writing;
    }
    this.#next ??= this.#writing.then(
      () => this.#startNext(),
      () => this.#startNext(),
    );
    return this.#next;
  }

  #startNext(): Promise<void> {
    this.#next = undefined;
    return this.save();
  }

  #write(): Promise<void> {
    const running = [...this.#running];
    const left = this.#interrupted.filter((op) => !running.some((other) => other.resource.urn === op.resource.urn && other.type === op.type));
    return this.file.write({ resources: this.all, pending: [...left, ...running] });
  }
}

/** Not by identity: a rename elsewhere makes new records of all that refer to it while an operation holds the former one. */
function isEntry(one: ResourceState, other: ResourceState): boolean {
  return one.urn === other.urn && one.id === other.id && Boolean(one.delete) === Boolean(other.delete);
}

function refer(resource: ResourceState, from: string, to: string): ResourceState {
  const rename = (urn: string): string => (urn === from ? to : urn);
  return {
    ...resource,
    ...(resource.parent && { parent: rename(resource.parent) }),
    ...(resource.dependencies && { dependencies: resource.dependencies.map(rename) }),
    ...(resource.propertyDependencies && {
      propertyDependencies: Object.fromEntries(Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, urns.map(rename)])),
    }),
    ...(resource.provider?.startsWith(`${from}::`) && { provider: `${to}${resource.provider.slice(from.length)}` }),
    ...(resource.deletedWith && { deletedWith: rename(resource.deletedWith) }),
  };
}
