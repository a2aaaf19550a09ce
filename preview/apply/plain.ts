import { Archive, Asset, isPropertyList, isPropertyMap, type PropertyMap, type PropertyValue, ResourceReference, Secret, Unknown, OutputValue } from "../values";

/** What providers see: JSON with the secrets in plain text. It stays inside a provider and is never printed. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The plain form of a property bag; an asset or an unknown value has none, so both are errors that name the property. */
export function plainMap(map: PropertyMap, where: string): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, plain(value, `${where}.${key}`)]));
}

function plain(value: PropertyValue, where: string): Json {
  if (value instanceof Secret) return plain(value.reveal(), where);
  if (isPropertyList(value)) return value.map((item, i) => plain(item, `${where}[${i}]`));
  if (isPropertyMap(value)) return plainMap(value, where);
  if (value instanceof Unknown) throw new Error(`${where} is not known although everything it depends on was created; report the value's source as a defect of its provider.`);
  if (value instanceof Asset || value instanceof Archive) throw new Error(`${where} is an asset or archive; local apply cannot upload files. Give the text itself.`);
  if (value instanceof ResourceReference) return typeof value.id === "string" ? value.id : value.urn;
  if (value instanceof OutputValue) return value.value === undefined ? null : plain(value.value, where);
  return value as Json;
}

/**
 * Marks in `fresh` what was secret in `model`: the same path, or the whole top-level property when the path does not exist there any more.
 * `always` names top-level properties that are secret whatever the program said.
 */
export function markSecrets(fresh: JsonObject, model: PropertyMap, always: readonly string[] = []): PropertyMap {
  const marked: Record<string, PropertyValue> = {};
  for (const [key, value] of Object.entries(fresh)) {
    const like = model[key];
    marked[key] = always.includes(key) ? new Secret(value) : like === undefined ? value : markValue(value, like);
  }
  return marked;
}

function markValue(value: Json, like: PropertyValue): PropertyValue {
  if (like instanceof Secret) return new Secret(value);
  if (!containsSecret(like)) return value;
  if (isObject(value) && isPropertyMap(like) && Object.entries(like).every(([key, inner]) => !containsSecret(inner) || key in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, like[key] === undefined ? inner : markValue(inner, like[key])]));
  }
  if (Array.isArray(value) && isPropertyList(like) && value.length === like.length) return value.map((inner, i) => markValue(inner, like[i] ?? null));
  return new Secret(value);
}

function containsSecret(value: PropertyValue): boolean {
  if (value instanceof Secret || (value instanceof OutputValue && value.secret)) return true;
  if (isPropertyList(value)) return value.some(containsSecret);
  return isPropertyMap(value) && Object.values(value).some(containsSecret);
}

/** Structural equality of JSON; the order of an object's properties does not count. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  return differences(left, right).length === 0;
}

/** Paths (`spec.replicas`, `data[0]`) at which two values differ, left to right in the order of the union of their properties. */
export function differences(left: Json | undefined, right: Json | undefined, path = ""): string[] {
  if (isObject(left) && isObject(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => differences(left[key], right[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => differences(left[i], right[i], `${path}[${i}]`)).flat();
  }
  return left === right ? [] : [path];
}
