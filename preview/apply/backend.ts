import { randomUUID } from "node:crypto";
import { type Backend, BackendError, type Created, type ReadResource, type RegisteredResource, type StackOutputs } from "../backend";
import { type PropertyMap, Secret } from "../values";
import type { ResourceState } from "./deployment";
import type { Progress } from "./events";
import { finish } from "./finish";
import { goalState, keepIgnored, providerTimeouts, readState, touches } from "./goal";
import { markSecrets, plainMap, same } from "./plain";
import { ProviderSet } from "./provider-set";
import type { Difference } from "./providers/provider";
import { credentialInputs, type Factories } from "./providers/providers";
import type { StackState } from "./stack-state";
import { outputsOf, Steps, type Task } from "./steps";

export interface ApplyOptions {
  readonly state: StackState;
  readonly factories: Factories;
  readonly progress: Progress;
  /** @default 16 */
  readonly parallel?: number;
  /** Ask the servers also about what the program did not change, and create it again where it is gone. @default false */
  readonly refresh?: boolean;
  /** Aborted when the run is to stop: what runs is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  /** Outputs of another stack. */
  readonly stackOutputs: (name: string) => Promise<PropertyMap>;
}

const defaultParallel = 16;

/** Brings what a program declares to the servers: check, compare with the state, create, update or replace. */
export class ApplyBackend implements Backend {
  readonly mode = "apply";
  readonly #providers: ProviderSet;
  readonly #steps: Steps;
  /** Server object -> URN, so that no two resources write the same one. */
  readonly #claims = new Map<string, string>();

  /** Ends all waiting once the run has failed: what was sent is recorded, what is not ready yet is looked at by the next run. */
  readonly #given = new AbortController();
  readonly #signal: AbortSignal;

  constructor(private readonly options: ApplyOptions) {
    const { state, progress } = options;
    const signal = AbortSignal.any([options.signal, this.#given.signal]);
    this.#signal = signal;
    this.#providers = new ProviderSet(state, options.factories);
    this.#steps = new Steps({ state, progress, signal, providers: this.#providers, parallel: options.parallel ?? defaultParallel });
  }

  async create(resource: RegisteredResource): Promise<Created> {
    this.#assertRunning(resource.urn);
    const old = this.options.state.earlier(resource.urn, resource.aliases);
    if (resource.remote) throw new BackendError(`${resource.urn} (${resource.type}) is built by its provider's program, which local apply does not run. Declare its resources in this program.`);
    const state = !resource.custom ? this.#component(resource, old) : resource.type.startsWith("pulumi:providers:") ? this.#provider(resource, old) : await this.#custom(resource, old);
    return { id: state.id ?? "", outputs: state.outputs };
  }

  async read(resource: ReadResource): Promise<Created> {
    this.#assertRunning(resource.urn);
    const provider = this.#providers.for(resource);
    const found = await this.options.progress.step("read", resource, [], async () => {
      const inputs = plainMap(resource.inputs, resource.urn);
      const answer = await provider.read({ urn: resource.urn, type: resource.type, id: resource.id, inputs, outputs: {}, timeouts: {}, signal: this.#signal });
      if (!answer) throw new BackendError(`${resource.type} with the id "${resource.id}" does not exist (${resource.urn}).`);
      return answer;
    });
    const goal = readState(resource, {});
    const state = { ...goal, id: found.id, outputs: outputsOf({ goal, provider }, found.outputs) };
    this.options.state.declare(state, this.options.state.earlier(resource.urn, []));
    return { id: found.id, outputs: state.outputs };
  }

  async invoke(token: string, args: PropertyMap, callSite: string | undefined, reference: string | undefined): Promise<PropertyMap> {
    const provider = this.#providers.for({ urn: `the function called at ${callSite ?? "an unknown place"}`, type: token, provider: reference });
    if (!provider.invoke) throw new BackendError(`The function ${token}, called at ${callSite ?? "an unknown place"}, cannot be answered in a local apply.`);
    return provider.invoke(token, plainMap(args, token));
  }

  async outputs(urn: string, outputs: PropertyMap): Promise<void> {
    this.options.state.amendDeclared(urn, (resource) => ({ ...resource, outputs }));
    await Promise.resolve();
  }

  async stackReference(name: string): Promise<StackOutputs> {
    return { outputs: await this.options.stackOutputs(name) };
  }

  finished(): Promise<void> {
    const { state, progress } = this.options;
    return finish({ state, progress, signal: this.#signal, steps: this.#steps });
  }

  /** Lets running operations end and records them; deletes nothing. */
  async failed(): Promise<void> {
    this.#given.abort();
    await this.#steps.idle();
    await this.options.state.save();
  }

  #component(resource: RegisteredResource, old: ResourceState | undefined): ResourceState {
    const goal = goalState(resource, resource.inputs);
    this.options.progress.count(old ? "same" : "create");
    // Outputs of a component are registered later; until then its former ones stand.
    const state = { ...goal, outputs: old?.outputs ?? {} };
    this.options.state.declare(state, old);
    return { ...state, outputs: {} };
  }

  #provider(resource: RegisteredResource, old: ResourceState | undefined): ResourceState {
    const inputs = Object.fromEntries(Object.entries(resource.inputs).map(([key, value]) => [key, credentialInputs.includes(key) ? new Secret(value) : value]));
    const changed = old !== undefined && !same(plainMap(old.inputs, old.urn), plainMap(inputs, resource.urn));
    this.options.progress.count(!old ? "create" : changed ? "update" : "same");
    const state = { ...goalState(resource, inputs), id: old?.id ?? randomUUID(), outputs: inputs };
    this.options.state.declare(state, old);
    this.#providers.renew(resource.urn);
    return state;
  }

  async #custom(resource: RegisteredResource, old: ResourceState | undefined): Promise<ResourceState> {
    const task = await this.#task(resource, old);
    this.#claim(task);
    const { state } = this.options;
    const interrupted = state.interrupted.find((op) => op.resource.urn === resource.urn);
    if (interrupted) this.options.progress.note(`An earlier run was cut off while ${interrupted.type} this; it is done over.`, resource.urn);
    if (interrupted?.type === "creating" && interrupted.resource.id !== undefined && interrupted.resource.id !== task.provider.plannedId(resource.type, task.wanted.inputs)) {
      await this.#steps.deletePossible(interrupted.resource);
    }
    if (!old || old.external || old.pendingReplacement) {
      if (resource.importId !== undefined && !old) return this.#import(task, resource.importId);
      return this.#steps.create(old?.pendingReplacement ? "replace" : "create", task, old);
    }
    if (interrupted?.type === "deleting") return this.#replace(resource, task, old, []);
    if ((this.options.refresh || this.#steps.isUncertain(old.urn)) && !(await task.provider.read(this.#steps.existing(old)))) {
      this.options.progress.note("It is gone from its server and is created again.", resource.urn);
      return this.#steps.create("create", task, old);
    }
    const difference = await this.#difference(resource, task, old);
    if (difference.kind === "replace") return this.#replace(resource, task, old, difference.paths);
    if (difference.kind === "update" || interrupted || old.initErrors) return this.#steps.update(task, old, difference.paths);
    this.options.progress.count("same");
    const unchanged = { ...task.goal, id: old.id, outputs: old.outputs, created: old.created, modified: old.modified };
    state.declare(unchanged, old);
    return unchanged;
  }

  async #task(resource: RegisteredResource, old: ResourceState | undefined): Promise<Task> {
    const provider = this.#providers.for(resource);
    const declared = keepIgnored(resource.inputs, old?.inputs ?? {}, old ? resource.ignoreChanges : []);
    const timeouts = providerTimeouts(goalState(resource, {}));
    const { urn, type } = resource;
    const raw = { urn, type, inputs: plainMap(declared, urn), timeouts, signal: this.#signal };
    const checked = await provider.check(raw, old && this.#steps.existing(old));
    const inputs = markSecrets(checked, declared, provider.secrets?.(type));
    return { goal: goalState(resource, inputs), wanted: { ...raw, inputs: checked }, provider };
  }

  async #difference(resource: RegisteredResource, task: Task, old: ResourceState): Promise<Difference> {
    const difference = await task.provider.diff(task.wanted, this.#steps.existing(old));
    return difference.kind === "update" && touches(difference.paths, resource.replaceOnChanges) ? { ...difference, kind: "replace" } : difference;
  }

  #replace(resource: RegisteredResource, task: Task, old: ResourceState, paths: readonly string[]): Promise<ResourceState> {
    const why = paths.length > 0 ? `: ${paths.join(", ")} cannot be changed in place` : "";
    if (old.protect && resource.protect) throw new BackendError(`${resource.urn} is protected and would have to be replaced${why}. Take the change back, or first apply the program with \`protect: false\` there.`);
    const takesItsPlace = old.id === task.provider.plannedId(resource.type, task.wanted.inputs);
    if (takesItsPlace && old.retainOnDelete) {
      throw new BackendError(`${resource.urn} would have to be replaced under its own name "${old.id ?? ""}"${why}, but retainOnDelete keeps the former one. Give the new one another name.`);
    }
    // Two objects of one name cannot stand side by side, whatever the option says.
    if (takesItsPlace || resource.deleteBeforeReplace === true) return this.#steps.replaceInPlace(task, old, paths);
    return this.#steps.replaceThenDelete(task, old, paths);
  }

  async #import(task: Task, id: string): Promise<ResourceState> {
    const there = { ...task.goal, id, inputs: {}, outputs: {} };
    const found = await task.provider.read({ ...this.#steps.existing(there), inputs: task.wanted.inputs });
    if (!found) throw new BackendError(`${task.goal.urn} is to be imported, but there is no ${task.goal.type} with the id "${id}".`);
    return this.#steps.update(task, { ...there, outputs: markSecrets(found.outputs, task.goal.inputs) }, []);
  }

  #claim(task: Task): void {
    const id = task.provider.plannedId(task.goal.type, task.wanted.inputs);
    if (id === undefined) return;
    const key = `${task.goal.provider ?? ""}|${task.goal.type}|${id}`;
    const other = this.#claims.get(key);
    if (other !== undefined && other !== task.goal.urn) throw new BackendError(`${task.goal.urn} and ${other} both declare ${task.goal.type} "${id}". Give one of them another name.`);
    this.#claims.set(key, task.goal.urn);
  }

  #assertRunning(urn: string): void {
    if (this.#signal.aborted) throw new BackendError(`${urn} was not begun: the run was stopped.`);
  }
}
