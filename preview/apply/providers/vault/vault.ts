import { differences, type JsonObject } from "../../plain";
import { type Difference, type Existing, type Provider, ProviderError, type Result, text, type Wanted, withoutNulls } from "../provider";
import { VaultClient } from "./client";
import { type Kind, kinds } from "./kinds";

/** Mounts, auth methods, policies, roles and secrets of one Vault. */
export class VaultProvider implements Provider {
  readonly types = Object.keys(kinds);
  readonly #vault: VaultClient;

  constructor(inputs: JsonObject) {
    this.#vault = new VaultClient(inputs);
  }

  secrets(type: string): readonly string[] {
    return kindOf(type).secrets ?? [];
  }

  check(wanted: Wanted): Promise<JsonObject> {
    const kind = kindOf(wanted.type);
    const inputs = { ...kind.defaults, ...withoutNulls(wanted.inputs) };
    for (const name of kind.required) if (!Array.isArray(inputs[name])) text(inputs, name);
    const strange = Object.keys(inputs).filter((name) => !kind.known.includes(name));
    if (strange.length > 0) throw new ProviderError(`${wanted.type}: ${strange.join(", ")} cannot be applied locally (known: ${kind.known.join(", ")}).`, { property: strange[0], refused: true });
    return Promise.resolve(inputs);
  }

  plannedId(type: string, inputs: JsonObject): string {
    return kindOf(type).id(inputs);
  }

  diff(wanted: Wanted, old: Existing): Promise<Difference> {
    const paths = differences(old.inputs, wanted.inputs);
    const replacing = paths.filter((path) => kindOf(wanted.type).replacing.includes(path));
    return Promise.resolve(replacing.length > 0 ? { kind: "replace", paths: replacing } : { kind: paths.length > 0 ? "update" : "same", paths });
  }

  create(wanted: Wanted): Promise<Result> {
    return this.#write(wanted, undefined);
  }

  update(wanted: Wanted, old: Existing): Promise<Result> {
    return this.#write(wanted, old.inputs);
  }

  async read(existing: Existing): Promise<Result | undefined> {
    const kind = kindOf(existing.type);
    return (await kind.exists(this.#vault, existing.inputs)) ? { id: kind.id(existing.inputs), outputs: existing.outputs } : undefined;
  }

  delete(existing: Existing): Promise<void> {
    return kindOf(existing.type).remove(this.#vault, existing.inputs);
  }

  async #write(wanted: Wanted, old: JsonObject | undefined): Promise<Result> {
    const kind = kindOf(wanted.type);
    const outputs = await kind.write(this.#vault, wanted.inputs, old);
    return { id: kind.id(wanted.inputs), outputs: { ...wanted.inputs, ...outputs } };
  }
}

function kindOf(type: string): Kind {
  const kind = kinds[type];
  if (kind) return kind;
  throw new ProviderError(`${type} cannot be applied locally; of Vault these can: ${Object.keys(kinds).join(", ")}.`, { refused: true });
}
