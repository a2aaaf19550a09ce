import { inspect } from "node:util";

/**
 * Property values as Pulumi's wire protocol carries them, unwrapped to plain JavaScript, with what plain JavaScript cannot say kept as
 * wrapper objects: secrets, unknowns, assets, archives, references to resources and output values.
 */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | readonly PropertyValue[]
  | PropertyMap
  | Secret
  | Unknown
  | Asset
  | Archive
  | ResourceReference
  | OutputValue;

/** A property bag. Absent and undefined are the same; neither ever stands in a map. */
export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

/** What every printed form of a secret reads. */
export const redacted = "[secret]";
/** What every printed form of an unknown reads. */
export const unknownText = "[unknown]";

/**
 * A value that must not be shown. Printing it in any of JavaScript's ways (template, JSON, console) gives `[secret]`; only `reveal()`
 * gives the value, so that a search for `reveal(` finds every place that handles plain text.
 */
export class Secret {
  readonly #value: PropertyValue;
  constructor(value: PropertyValue) {
    this.#value = value instanceof Secret ? value.reveal() : value;
  }
  reveal(): PropertyValue {
    return this.#value;
  }
  toString(): string {
    return redacted;
  }
  toJSON(): string {
    return redacted;
  }
  [inspect.custom](): string {
    return redacted;
  }
}

/** A value that only the provider will know. There is one, `unknown`. */
export class Unknown {
  readonly kind = "unknown";
  toString(): string {
    return unknownText;
  }
  toJSON(): string {
    return unknownText;
  }
  [inspect.custom](): string {
    return unknownText;
  }
}
export const unknown: Unknown = new Unknown();

/** One file, text or address; exactly one of the three fields is set. */
export class Asset {
  constructor(readonly source: { readonly path?: string; readonly text?: string; readonly uri?: string }) {}
}

/** A folder or archive by path or address, or a map of assets; exactly one of the three fields is set. */
export class Archive {
  constructor(readonly source: { readonly path?: string; readonly uri?: string; readonly assets?: PropertyMap }) {}
}

/** A resource passed as a value. `id` is absent for components, `unknown` in a preview. */
export class ResourceReference {
  constructor(
    readonly urn: string,
    readonly id?: string | Unknown,
    readonly packageVersion?: string,
  ) {}
}

/** An output with its dependencies; only remote components and calls send these. `value` absent means unknown. */
export class OutputValue {
  constructor(
    readonly value: PropertyValue | undefined,
    readonly secret: boolean,
    readonly dependencies: readonly string[],
  ) {}
}

/** Is it a plain property bag, not one of the wrappers and no list? */
export function isPropertyMap(value: PropertyValue | undefined): value is PropertyMap {
  return value !== null && typeof value === "object" && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Is it a list? (`Array.isArray` does not narrow readonly lists.) */
export function isPropertyList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** Rebuilds a value from the leaves up; `change` sees each value after its children, wrappers' contents included. */
export function mapValue(value: PropertyValue, change: (value: PropertyValue) => PropertyValue): PropertyValue {
  if (isPropertyList(value)) return change(value.map((item) => mapValue(item, change)));
  if (isPropertyMap(value)) return change(mapEntries(value, (item) => mapValue(item, change)));
  if (value instanceof Secret) return change(new Secret(mapValue(value.reveal(), change)));
  if (value instanceof Archive && value.source.assets) return change(new Archive({ assets: mapEntries(value.source.assets, (item) => mapValue(item, change)) }));
  if (value instanceof OutputValue && value.value !== undefined) return change(new OutputValue(mapValue(value.value, change), value.secret, value.dependencies));
  return change(value);
}

/** Applies `change` to each property of a bag. */
export function mapEntries(map: PropertyMap, change: (value: PropertyValue, key: string) => PropertyValue): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

/** Does the value satisfy `test` anywhere inside, wrappers' contents included? */
export function someValue(value: PropertyValue, test: (value: PropertyValue) => boolean): boolean {
  if (test(value)) return true;
  if (isPropertyList(value)) return value.some((item) => someValue(item, test));
  if (isPropertyMap(value)) return Object.values(value).some((item) => someValue(item, test));
  if (value instanceof Secret) return someValue(value.reveal(), test);
  if (value instanceof OutputValue) return value.value === undefined ? test(unknown) : someValue(value.value, test);
  return false;
}

export const hasUnknown = (value: PropertyValue): boolean => someValue(value, (item) => item instanceof Unknown);
export const hasSecret = (value: PropertyValue): boolean => someValue(value, (item) => item instanceof Secret || (item instanceof OutputValue && item.secret));

/** Replaces every secret by its plain text. The caller then owns the duty not to print it. */
export function revealSecrets(value: PropertyValue): PropertyValue {
  return mapValue(value, (item) => (item instanceof Secret ? item.reveal() : item));
}
