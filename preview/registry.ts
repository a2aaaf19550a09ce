import type { PropertyMap, RegisteredResource, SourcePosition } from "./backend";

/** A resource with what came back for it. */
export interface Evaluated {
  readonly resource: RegisteredResource;
  /** Undefined while unknown. */
  readonly id?: string;
  readonly outputs: PropertyMap;
  /** True for resources read with `.get(...)`, which belong to somebody else. */
  readonly external: boolean;
}

/** Everything a run of the program has declared, in the order in which it was declared. */
export class Registry {
  readonly #entries = new Map<string, Evaluated>();

  /** Claims a URN before the resource is created, so that two declarations at once collide as well. */
  claim(resource: RegisteredResource, describe: (position: SourcePosition | undefined) => string): void {
    const before = this.#entries.get(resource.urn);
    if (before) {
      throw new Error(
        `Duplicate resource URN '${resource.urn}': declared at ${describe(before.resource.sourcePosition)} and again at ${describe(resource.sourcePosition)}. Give one of them another name.`,
      );
    }
    this.#entries.set(resource.urn, { resource, outputs: {}, external: false });
  }

  /** A read may be repeated; the last one stands. */
  read(resource: RegisteredResource, id: string | undefined, outputs: PropertyMap): void {
    const before = this.#entries.get(resource.urn);
    if (before && !before.external) throw new Error(`Resource URN '${resource.urn}' is both declared and read. Give one of them another name.`);
    this.#entries.set(resource.urn, { resource, id, outputs, external: true });
  }

  created(urn: string, id: string | undefined, outputs: PropertyMap): void {
    this.#change(urn, (entry) => ({ ...entry, id, outputs }));
  }

  outputs(urn: string, outputs: PropertyMap): void {
    this.#change(urn, (entry) => ({ ...entry, outputs: { ...entry.outputs, ...outputs } }));
  }

  get(urn: string): Evaluated | undefined {
    return this.#entries.get(urn);
  }

  list(): readonly Evaluated[] {
    return [...this.#entries.values()];
  }

  #change(urn: string, change: (entry: Evaluated) => Evaluated): void {
    const entry = this.#entries.get(urn);
    if (!entry) throw new Error(`'${urn}' is not a resource of this run.`);
    this.#entries.set(urn, change(entry));
  }
}
