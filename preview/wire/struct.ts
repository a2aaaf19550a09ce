import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import {
  Archive,
  Asset,
  isPropertyList,
  mapEntries,
  OutputValue,
  ResourceReference,
  Secret,
  unknown,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../values";

// The marks of Pulumi's wire protocol (sdk/go/common/resource/properties.go and asset.go).
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;
/** Stands on the wire for a value nobody knows yet. */
export const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Wire JSON: plain, with marked objects for what plain JSON cannot say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Wire struct -> values, marks turned into wrappers. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : fromJsonMap(struct.toJavaScript() as JsonObject);
}

/** Values -> wire struct. `undefined` cannot stand in a struct and is left out. */
export function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(toJsonMap(map) as { [key: string]: JavaScriptValue });
}

/** Decodes a bag in wire JSON, which is also what `pulumi stack export` and fixtures hold. */
export function fromJsonMap(object: JsonObject): PropertyMap {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined).map(([key, value]) => [key, fromJson(value)]));
}

/** Decodes one value in wire JSON. */
export function fromJson(value: Json): PropertyValue {
  if (value === unknownSentinel) return unknown;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item: Json) => fromJson(item));
  const object = value as JsonObject;
  return typeof object[signatureKey] === "string" ? fromMarked(object) : fromJsonMap(object);
}

function fromMarked(object: JsonObject): PropertyValue {
  const signature = object[signatureKey];
  switch (signature) {
    case signatures.secret:
      return new Secret(secretContent(object));
    case signatures.asset:
      return new Asset(pick(object, ["path", "text", "uri"]));
    case signatures.archive:
      return new Archive({
        ...pick(object, ["path", "uri"]),
        ...(isObject(object.assets) ? { assets: fromJsonMap(object.assets) } : {}),
      });
    case signatures.resource:
      return new ResourceReference(
        String(object.urn),
        object.id === undefined || object.id === null ? undefined : object.id === unknownSentinel || object.id === "" ? unknown : String(object.id),
        typeof object.packageVersion === "string" && object.packageVersion !== "" ? object.packageVersion : undefined,
      );
    case signatures.output:
      return new OutputValue(
        object.value === undefined ? undefined : fromJson(object.value),
        object.secret === true,
        Array.isArray(object.dependencies) ? object.dependencies.map(String) : [],
      );
    default:
      throw new Error(`A property carries the mark ${String(signature)}, which this version of the wire protocol does not know. Update preview/wire/struct.ts with the SDK.`);
  }
}

/** On the wire a secret has `value`; in an exported state `plaintext` (JSON text) or `ciphertext`, which nobody here can read. */
function secretContent(object: JsonObject): PropertyValue {
  if (object.value !== undefined) return fromJson(object.value);
  if (typeof object.plaintext === "string") return fromJson(JSON.parse(object.plaintext) as Json);
  return unknown;
}

/** Encodes a bag as wire JSON. */
export function toJsonMap(map: PropertyMap): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined).map(([key, value]) => [key, toJson(value)]));
}

/** Encodes one value as wire JSON; secrets in plain text under their mark. */
export function toJson(value: PropertyValue): Json {
  if (value instanceof Unknown) return unknownSentinel;
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, value: toJson(value.reveal()) };
  if (value instanceof Asset) return { [signatureKey]: signatures.asset, ...value.source };
  if (value instanceof Archive) {
    const { assets, ...source } = value.source;
    return { [signatureKey]: signatures.archive, ...source, ...(assets ? { assets: toJsonMap(assets) } : {}) };
  }
  if (value instanceof ResourceReference) {
    return {
      [signatureKey]: signatures.resource,
      urn: value.urn,
      ...(value.id === undefined ? {} : { id: typeof value.id === "string" ? value.id : unknownSentinel }),
      ...(value.packageVersion === undefined ? {} : { packageVersion: value.packageVersion }),
    };
  }
  if (value instanceof OutputValue) {
    return {
      [signatureKey]: signatures.output,
      ...(value.value === undefined ? {} : { value: toJson(value.value) }),
      ...(value.secret ? { secret: true } : {}),
      ...(value.dependencies.length > 0 ? { dependencies: [...value.dependencies] } : {}),
    };
  }
  if (value === null || typeof value !== "object") return value;
  if (isPropertyList(value)) return value.map(toJson);
  return toJsonMap(value as PropertyMap);
}

/** Turns output values into plain, unknown or secret ones and reports the dependencies they carried. */
export function flattenOutputs(map: PropertyMap): { readonly map: PropertyMap; readonly dependencies: ReadonlyMap<string, ReadonlySet<string>> } {
  const dependencies = new Map<string, Set<string>>();
  const flat = mapEntries(map, (value, key) => {
    const found = new Set<string>();
    const result = flatten(value, found);
    if (found.size > 0) dependencies.set(key, found);
    return result;
  });
  return { map: flat, dependencies };
}

function flatten(value: PropertyValue, found: Set<string>): PropertyValue {
  if (value instanceof OutputValue) {
    for (const urn of value.dependencies) found.add(urn);
    const content = value.value === undefined ? unknown : flatten(value.value, found);
    return value.secret ? new Secret(content) : content;
  }
  if (value instanceof Secret) return new Secret(flatten(value.reveal(), found));
  if (isPropertyList(value)) return value.map((item) => flatten(item, found));
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) return mapEntries(value as PropertyMap, (item) => flatten(item, found));
  return value;
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function pick(object: JsonObject, keys: readonly string[]): { path?: string; text?: string; uri?: string } {
  return Object.fromEntries(keys.filter((key) => typeof object[key] === "string" && object[key] !== "").map((key) => [key, object[key] as string]));
}
