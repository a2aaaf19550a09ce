import { isObject, same, type Json, type JsonObject } from "../../plain";
import { ProviderError, text } from "../provider";
import type { VaultClient } from "./client";

/** How one resource type is written to Vault. Inputs are checked ones. */
export interface Kind {
  readonly required: readonly string[];
  readonly defaults?: JsonObject;
  /** Inputs that cannot be changed in place. */
  readonly replacing: readonly string[];
  /** All inputs that are understood; another one is an error rather than something silently left out. */
  readonly known: readonly string[];
  readonly secrets?: readonly string[];
  id(inputs: JsonObject): string;
  /** Creates, or updates from the inputs `old`; both write the whole. Returns outputs beyond the inputs. */
  write(vault: VaultClient, inputs: JsonObject, old: JsonObject | undefined): Promise<JsonObject>;
  /** False when it is gone. */
  exists(vault: VaultClient, inputs: JsonObject): Promise<boolean>;
  remove(vault: VaultClient, inputs: JsonObject): Promise<void>;
}

const path = (inputs: JsonObject, name = "path"): string => text(inputs, name).replace(/^\/+|\/+$/g, "");
/** Vault's names: `tokenPolicies` -> `token_policies`. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const snakes = (inputs: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name): [string, Json][] => (inputs[name] === undefined ? [] : [[snake(name), inputs[name]]])));

/** Vault merges what it is sent into roles and configurations, so what is no longer wanted has to be sent empty. */
function emptied(old: JsonObject | undefined, inputs: JsonObject, names: readonly string[]): JsonObject {
  const dropped = names.filter((name) => inputs[name] === undefined && old?.[name] !== undefined);
  return snakes(Object.fromEntries(dropped.map((name) => [name, emptyLike(old?.[name])])), dropped);
}

function emptyLike(value: Json | undefined): Json {
  return Array.isArray(value) ? [] : typeof value === "number" ? 0 : typeof value === "boolean" ? false : "";
}

const leases = (inputs: JsonObject): JsonObject => ({ default_lease_ttl: inputs["defaultLeaseTtlSeconds"] ?? 0, max_lease_ttl: inputs["maxLeaseTtlSeconds"] ?? 0 });
const seconds = (config: JsonObject): JsonObject => Object.fromEntries(Object.entries(config).map(([key, value]) => [key, `${String(value)}s`]));

const mount: Kind = {
  required: ["path", "type"],
  replacing: ["path", "type", "local", "sealWrap", "externalEntropyAccess"],
  known: ["path", "type", "description", "options", "defaultLeaseTtlSeconds", "maxLeaseTtlSeconds", "local", "sealWrap", "externalEntropyAccess", "listingVisibility"],
  id: (inputs) => path(inputs),
  async write(vault, inputs) {
    const at = path(inputs);
    const there = await vault.read(`sys/mounts/${at}`);
    if (there && there["type"] !== inputs["type"]) throw new ProviderError(`Vault has a mount of type ${String(there["type"])} at "${at}", not ${String(inputs["type"])}. Choose another path.`, { property: "path", refused: true });
    const described = { description: inputs["description"] ?? "", ...(inputs["options"] !== undefined && { options: inputs["options"] }) };
    if (there) await vault.write(`sys/mounts/${at}/tune`, { ...described, ...leases(inputs), ...snakes(inputs, ["listingVisibility"]) });
    else await vault.write(`sys/mounts/${at}`, { type: text(inputs, "type"), ...described, config: { ...seconds(leases(inputs)), ...snakes(inputs, ["listingVisibility"]) }, ...snakes(inputs, ["local", "sealWrap", "externalEntropyAccess"]) });
    const now = await vault.read(`sys/mounts/${at}`);
    return { accessor: now?.["accessor"] ?? null };
  },
  exists: async (vault, inputs) => (await vault.read(`sys/mounts/${path(inputs)}`)) !== undefined,
  remove: (vault, inputs) => vault.delete(`sys/mounts/${path(inputs)}`),
};

const authBackend: Kind = {
  required: ["type"],
  replacing: ["path", "type", "local"],
  known: ["path", "type", "description", "local", "tune"],
  id: (inputs) => backendPath(inputs),
  async write(vault, inputs) {
    const at = backendPath(inputs);
    const tune = isObject(inputs["tune"]) ? snakes(inputs["tune"], Object.keys(inputs["tune"])) : {};
    const there = await backend(vault, at);
    if (there && there["type"] !== inputs["type"]) throw new ProviderError(`Vault has an auth method of type ${String(there["type"])} at "${at}", not ${String(inputs["type"])}. Choose another path.`, { property: "path", refused: true });
    if (!there) await vault.write(`sys/auth/${at}`, { type: text(inputs, "type"), description: inputs["description"] ?? "", ...snakes(inputs, ["local"]) });
    if (there || Object.keys(tune).length > 0) await vault.write(`sys/auth/${at}/tune`, { description: inputs["description"] ?? "", ...tune });
    return { path: at, accessor: (await backend(vault, at))?.["accessor"] ?? null };
  },
  exists: async (vault, inputs) => (await backend(vault, backendPath(inputs))) !== undefined,
  remove: (vault, inputs) => vault.delete(`sys/auth/${backendPath(inputs)}`),
};

function backendPath(inputs: JsonObject): string {
  return inputs["path"] === undefined ? text(inputs, "type") : path(inputs);
}

async function backend(vault: VaultClient, at: string): Promise<JsonObject | undefined> {
  const found = (await vault.read("sys/auth"))?.[`${at}/`];
  return isObject(found) ? found : undefined;
}

const policy: Kind = {
  required: ["name", "policy"],
  replacing: ["name"],
  known: ["name", "policy"],
  id: (inputs) => text(inputs, "name"),
  write: (vault, inputs) => vault.write(`sys/policies/acl/${text(inputs, "name")}`, { policy: text(inputs, "policy") }),
  exists: async (vault, inputs) => (await vault.read(`sys/policies/acl/${text(inputs, "name")}`)) !== undefined,
  remove: (vault, inputs) => vault.delete(`sys/policies/acl/${text(inputs, "name")}`),
};

const kubernetesFields = ["kubernetesHost", "kubernetesCaCert", "tokenReviewerJwt", "issuer", "disableLocalCaJwt", "disableIssValidation", "pemKeys", "useAnnotationsAsAliasMetadata"];
const kubernetesConfig: Kind = {
  required: ["kubernetesHost"],
  defaults: { backend: "kubernetes" },
  replacing: ["backend"],
  known: ["backend", ...kubernetesFields],
  secrets: ["tokenReviewerJwt"],
  id: (inputs) => `auth/${path(inputs, "backend")}/config`,
  write: (vault, inputs, old) => vault.write(`auth/${path(inputs, "backend")}/config`, { ...emptied(old, inputs, kubernetesFields), ...snakes(inputs, kubernetesFields) }),
  exists: async (vault, inputs) => (await vault.read(`auth/${path(inputs, "backend")}/config`)) !== undefined,
  // A configuration has no delete of its own: it goes with its auth method.
  remove: () => Promise.resolve(),
};

const roleFields = ["boundServiceAccountNames", "boundServiceAccountNamespaces", "boundServiceAccountNamespaceSelector", "audience", "aliasNameSource", "tokenTtl", "tokenMaxTtl", "tokenExplicitMaxTtl", "tokenPeriod", "tokenPolicies", "tokenNumUses", "tokenNoDefaultPolicy", "tokenBoundCidrs", "tokenType"];
const rolePath = (inputs: JsonObject): string => `auth/${path(inputs, "backend")}/role/${text(inputs, "roleName")}`;
const kubernetesRole: Kind = {
  required: ["roleName", "boundServiceAccountNames"],
  defaults: { backend: "kubernetes" },
  replacing: ["backend", "roleName"],
  known: ["backend", "roleName", ...roleFields],
  id: rolePath,
  write: (vault, inputs, old) => vault.write(rolePath(inputs), { ...emptied(old, inputs, roleFields), ...snakes(inputs, roleFields) }),
  exists: async (vault, inputs) => (await vault.read(rolePath(inputs))) !== undefined,
  remove: (vault, inputs) => vault.delete(rolePath(inputs)),
};

const secretPath = (inputs: JsonObject, part: "data" | "metadata"): string => `${path(inputs, "mount")}/${part}/${path(inputs, "name")}`;
const secretV2: Kind = {
  required: ["mount", "name", "dataJson"],
  replacing: ["mount", "name"],
  known: ["mount", "name", "dataJson", "deleteAllVersions", "cas", "options", "disableRead", "customMetadata"],
  secrets: ["dataJson", "data"],
  id: (inputs) => secretPath(inputs, "data"),
  async write(vault, inputs) {
    const data = parseData(text(inputs, "dataJson"));
    const there = inputs["disableRead"] === true ? undefined : await vault.read(secretPath(inputs, "data"));
    // Writing what is there already would only push out an older version.
    const change = !same(there?.["data"], data);
    const written = change ? await vault.write(secretPath(inputs, "data"), { data, ...(inputs["cas"] !== undefined && { options: { cas: inputs["cas"] } }) }) : there?.["metadata"];
    if (isObject(inputs["customMetadata"])) await vault.write(secretPath(inputs, "metadata"), snakes(inputs["customMetadata"], ["maxVersions", "casRequired", "deleteVersionAfter"]));
    return { path: secretPath(inputs, "data"), data, metadata: { version: isObject(written) ? String(written["version"]) : "" } };
  },
  async exists(vault, inputs) {
    const found = await vault.read(secretPath(inputs, "data"));
    return isObject(found?.["data"]);
  },
  remove: (vault, inputs) => vault.delete(secretPath(inputs, inputs["deleteAllVersions"] === true ? "metadata" : "data")),
};

function parseData(json: string): JsonObject {
  try {
    const data = JSON.parse(json) as Json;
    if (isObject(data)) return data;
  } catch {
    // The text may be a secret: the parser's message would show a piece of it.
  }
  throw new ProviderError('"dataJson" is no JSON object.', { property: "dataJson", refused: true });
}

export const kinds: Readonly<Record<string, Kind>> = {
  "vault:index/mount:Mount": mount,
  "vault:index/authBackend:AuthBackend": authBackend,
  "vault:index/policy:Policy": policy,
  "vault:kubernetes/authBackendConfig:AuthBackendConfig": kubernetesConfig,
  "vault:kubernetes/authBackendRole:AuthBackendRole": kubernetesRole,
  "vault:kv/secretV2:SecretV2": secretV2,
};
