import type { Json, JsonObject } from "../plain";

/** A resource as the program wants it. `inputs` are plain: a provider never prints them. */
export interface Wanted {
  readonly urn: string;
  readonly type: string;
  readonly inputs: JsonObject;
  readonly timeouts: Timeouts;
  /** Aborted when the run is to stop: waiting ends, changes that were sent are completed. */
  readonly signal: AbortSignal;
}

/** Milliseconds; absent ones are the provider's default. */
export interface Timeouts {
  readonly create?: number;
  readonly update?: number;
  readonly delete?: number;
}

/** A resource as an earlier operation left it. */
export interface Existing {
  readonly urn: string;
  readonly type: string;
  /** Absent only for one whose creation was cut off before its provider gave it an id. */
  readonly id: string | undefined;
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
}

export interface Result {
  readonly id: string;
  readonly outputs: JsonObject;
}

export interface Difference {
  readonly kind: "same" | "update" | "replace";
  /** Input paths that differ, or that force the replacement. */
  readonly paths: readonly string[];
}

/**
 * One service's resources: the part of Pulumi's provider protocol that a local apply needs. Every operation may be repeated after a crash:
 * `create` takes over what an earlier attempt of its own made, `update` writes the whole, `delete` of what is gone succeeds.
 */
export interface Provider {
  readonly types: readonly string[];
  /** @default membership in `types` */
  supports?(type: string): boolean;
  /** Top-level properties of a type that are secret whatever the program marked. @default none */
  secrets?(type: string): readonly string[];
  /** Fills in names and defaults; a name that was made up stays the old one's. @throws ProviderError naming the property. */
  check(wanted: Wanted, old: Existing | undefined): Promise<JsonObject>;
  /** The id that `create` will give; undefined when only the service knows. Two resources with one id are refused. */
  plannedId(type: string, inputs: JsonObject): string | undefined;
  diff(wanted: Wanted, old: Existing): Promise<Difference>;
  create(wanted: Wanted): Promise<Result>;
  /** Undefined when it does not exist. */
  read(existing: Existing): Promise<Result | undefined>;
  update(wanted: Wanted, old: Existing): Promise<Result>;
  /** Resolves when it is gone. `onlyOwn`: leave alone what somebody else made (used when it is not certain that we created it). */
  delete(existing: Existing, onlyOwn: boolean): Promise<void>;
  /** Waits until it is of use; not counted among concurrent operations. @throws NotReady */
  settle?(wanted: Wanted, result: Result): Promise<Result>;
  invoke?(token: string, args: JsonObject): Promise<JsonObject>;
}

export class ProviderError extends Error {
  override readonly name: string = "ProviderError";
  constructor(
    message: string,
    readonly options: {
      /** Input path that is at fault. */
      readonly property?: string;
      /** The server answered and refused: nothing was changed. Otherwise the change may have happened. */
      readonly refused?: boolean;
    } = {},
  ) {
    super(message);
  }
}

/** It was created or changed, but is not ready; the next run tries again. */
export class NotReady extends Error {
  override readonly name = "NotReady";
  constructor(
    message: string,
    readonly result: Result,
  ) {
    super(message);
  }
}

/** The value of a string input, or an error that names it. */
export function text(inputs: JsonObject, name: string): string {
  const value = inputs[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ProviderError(`"${name}" is required and has to be a string, not ${value === undefined ? "absent" : typeof value}.`, { property: name, refused: true });
}

/** Inputs without those that are null: services treat both alike, and the SDKs send either. */
export function withoutNulls(inputs: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]): boolean => value !== null)) as { [key: string]: Exclude<Json, null> };
}
