import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Project } from "./project";

/** A stack's configuration as the language host hands it over. */
export interface StackConfig {
  /** `namespace:key` -> text; objects as JSON text. */
  readonly values: { readonly [key: string]: string };
  readonly secretKeys: readonly string[];
  /** Keys whose encrypted value nobody here can read; the program sees a placeholder. */
  readonly placeholders: readonly string[];
  /** ESC environments the stack imports; what they would add is not known. */
  readonly environments: readonly string[];
  /** The stack's file, if there is one. */
  readonly file?: string;
}

/** What a program sees in place of an encrypted value. */
export const secretPlaceholder = (key: string): string => `secret-placeholder:${key}`;

/**
 * Merges, lowest first: defaults declared in Pulumi.yaml, `Pulumi.<stack>.yaml`, and `overrides` (`-c key=value`).
 * @param overrides keys without a namespace get the project's
 * @throws Error for a key that is declared without default and set nowhere
 */
export function readConfig(project: Project, stack: string, overrides: { readonly [key: string]: string } = {}): StackConfig {
  const values = new Map<string, string>();
  const secrets = new Set<string>();
  const placeholders = new Set<string>();
  const required: string[] = [];
  const full = (key: string): string => (key.includes(":") ? key : `${project.name}:${key}`);

  for (const [key, declaration] of Object.entries(project.config)) {
    const name = full(key);
    if (typeof declaration !== "object" || Array.isArray(declaration)) {
      values.set(name, asText(declaration));
      continue;
    }
    const value = declaration.value ?? declaration.default;
    if (value !== undefined) values.set(name, asText(value));
    else required.push(name);
    if (declaration.secret) secrets.add(name);
  }

  const file = ["yaml", "yml"].map((extension) => join(project.stackConfigFolder, `Pulumi.${stack}.${extension}`)).find((path) => existsSync(path));
  const document: unknown = file ? parse(readFileSync(file, "utf8")) : undefined;
  if (file && document !== null && document !== undefined && !isRecord(document)) throw new Error(`${file} is no stack configuration: its top is not a map.`);
  const stackFile = isRecord(document) ? document : {};
  if (stackFile.config !== undefined && stackFile.config !== null && !isRecord(stackFile.config)) throw new Error(`${file}: config is not a map of namespace:key to value.`);
  for (const [key, value] of Object.entries(isRecord(stackFile.config) ? stackFile.config : {})) {
    const name = full(key);
    const { clear, secure } = withoutCiphertext(value, name);
    values.set(name, asText(clear));
    if (secure) {
      secrets.add(name);
      placeholders.add(name);
    }
  }
  for (const [key, value] of Object.entries(overrides)) {
    values.set(full(key), value);
    placeholders.delete(full(key));
  }

  const missing = required.filter((key) => !values.has(key));
  if (missing.length > 0) {
    throw new Error(`Stack '${stack}' is missing configuration ${missing.map((key) => `'${key}'`).join(", ")}. Set it in ${file ?? join(project.stackConfigFolder, `Pulumi.${stack}.yaml`)} or with -c ${missing[0]}=VALUE.`);
  }
  return {
    values: Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
    secretKeys: [...secrets].filter((key) => values.has(key)).sort(),
    placeholders: [...placeholders].sort(),
    environments: environmentNames(stackFile.environment),
    ...(file ? { file } : {}),
  };
}

/** Splits `key=value` words. @throws Error for a word without `=` */
export function parseOverrides(words: readonly string[]): { readonly [key: string]: string } {
  return Object.fromEntries(
    words.map((word) => {
      const cut = word.indexOf("=");
      if (cut < 1) throw new Error(`-c ${word} is no setting: write -c key=value.`);
      return [word.slice(0, cut), word.slice(cut + 1)];
    }),
  );
}

/** Replaces each `{secure: ciphertext}`, at any depth, by a placeholder. */
function withoutCiphertext(value: unknown, key: string): { readonly clear: unknown; readonly secure: boolean } {
  if (isRecord(value)) {
    if (typeof value.secure === "string" && Object.keys(value).length === 1) return { clear: secretPlaceholder(key), secure: true };
    const parts = Object.entries(value).map(([name, item]) => ({ name, ...withoutCiphertext(item, `${key}.${name}`) }));
    return { clear: Object.fromEntries(parts.map(({ name, clear }) => [name, clear])), secure: parts.some(({ secure }) => secure) };
  }
  if (Array.isArray(value)) {
    const parts = value.map((item, index) => withoutCiphertext(item, `${key}[${index}]`));
    return { clear: parts.map(({ clear }) => clear), secure: parts.some(({ secure }) => secure) };
  }
  return { clear: value, secure: false };
}

function environmentNames(environment: unknown): readonly string[] {
  if (Array.isArray(environment)) return environment.map(String);
  if (isRecord(environment)) return Array.isArray(environment.imports) ? environment.imports.map(String) : ["(inline)"];
  return [];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
