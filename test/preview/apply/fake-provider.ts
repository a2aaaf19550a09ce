import type { RegisteredResource } from "../../../preview/backend";
import { ApplyBackend } from "../../../preview/apply/backend";
import { type ApplyEvent, Progress, type Summary } from "../../../preview/apply/events";
import { differences, type JsonObject } from "../../../preview/apply/plain";
import { type Difference, type Existing, type Provider, ProviderError, type Result, type Wanted } from "../../../preview/apply/providers/provider";
import { StackState } from "../../../preview/apply/stack-state";
import { StateFile } from "../../../preview/apply/state-file";

/** A service in memory: `name` is a resource's identity, `size` changes in place, `shape` does not. */
export class FakeService {
  readonly objects = new Map<string, JsonObject>();
  readonly log: string[] = [];
  running = 0;
  mostRunning = 0;
  /** Thrown by the named operation, as `create:a`. */
  readonly failures = new Map<string, Error>();
  delayMilliseconds = 0;

  provider(): Provider {
    const act = async (operation: string, id: string, change: () => void): Promise<void> => {
      this.log.push(`${operation} ${id}`);
      this.mostRunning = Math.max(this.mostRunning, ++this.running);
      if (this.delayMilliseconds > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMilliseconds));
      this.running--;
      const failure = this.failures.get(`${operation}:${id}`);
      if (failure) throw failure;
      change();
    };
    const write = async (operation: string, { inputs }: Wanted): Promise<Result> => {
      const id = String(inputs["name"]);
      await act(operation, id, () => this.objects.set(id, inputs));
      return { id, outputs: { ...inputs, made: true } };
    };
    return {
      types: ["fake:x:Thing"],
      check: (wanted) => Promise.resolve(wanted.inputs),
      plannedId: (_type, inputs) => String(inputs["name"]),
      diff: (wanted: Wanted, old: Existing): Promise<Difference> => {
        const paths = differences(old.inputs, wanted.inputs);
        return Promise.resolve({ kind: paths.some((path) => ["name", "shape"].includes(path)) ? "replace" : paths.length > 0 ? "update" : "same", paths });
      },
      create: (wanted) => write("create", wanted),
      update: (wanted) => write("update", wanted),
      read: ({ id = "", outputs }) => Promise.resolve(this.objects.has(id) ? { id, outputs } : undefined),
      delete: ({ id = "" }) => act("delete", id, () => this.objects.delete(id)),
    };
  }
}

export type Declared = Partial<Omit<RegisteredResource, "inputs">> & { readonly name: string; readonly inputs: RegisteredResource["inputs"] };

export const urnOf = (name: string): string => `urn:pulumi:one::p::fake:x:Thing::${name}`;
const providerUrn = "urn:pulumi:one::p::pulumi:providers:fake::main";
const stackUrn = "urn:pulumi:one::p::pulumi:pulumi:Stack::p-one";

/** Runs a "program" against the backend without a language host: registers in the given order, one after another. */
export async function run(stateDir: string, service: FakeService, program: readonly Declared[], options: { parallel?: number; signal?: AbortSignal; refresh?: boolean; together?: boolean } = {}): Promise<{ summary: Summary; events: ApplyEvent[] }> {
  const events: ApplyEvent[] = [];
  const state = await StackState.load(new StateFile({ stateDir, stack: "one" }));
  const progress = new Progress((event) => events.push(event));
  const backend = new ApplyBackend({ state, progress, signal: new AbortController().signal, factories: { fake: () => service.provider() }, stackOutputs: () => Promise.resolve({}), ...options });
  try {
    await backend.create(registered({ name: "p-one", urn: stackUrn, type: "pulumi:pulumi:Stack", custom: false, parent: undefined, inputs: {} }));
    const { id } = await backend.create(registered({ name: "main", urn: providerUrn, type: "pulumi:providers:fake", inputs: { token: "hidden-token" } }));
    const register = (declared: Declared): Promise<unknown> => backend.create(registered({ provider: `${providerUrn}::${id ?? ""}`, ...declared }));
    if (options.together) await Promise.all(program.map(register));
    else for (const declared of program) await register(declared);
    await backend.finished();
  } catch (error) {
    await backend.failed();
    throw error;
  }
  return { summary: progress.summary, events };
}

function registered(declared: Declared): RegisteredResource {
  return {
    urn: urnOf(declared.name),
    type: "fake:x:Thing",
    custom: true,
    remote: false,
    parent: stackUrn,
    dependencies: [],
    propertyDependencies: {},
    providers: {},
    protect: false,
    retainOnDelete: false,
    aliases: [],
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    customTimeouts: {},
    ...declared,
  };
}

export const refused = new ProviderError("the service says no", { refused: true });
export const cutOff = new ProviderError("the connection was lost");
