import { createHash } from "node:crypto";
import { z } from "zod";
import { Archive, Asset, isPropertyList, isPropertyMap, OutputValue, type PropertyMap, type PropertyValue, ResourceReference, Secret, Unknown, unknown } from "../values";
import { unknownSentinel } from "../wire/struct";
import type { Json, JsonObject } from "./plain";

/**
 * Pulumi's deployment format, version 3: what `pulumi stack export` prints and `pulumi stack import` accepts.
 * Source: github.com/pulumi/pulumi sdk/go/common/apitype/deployments.json and core.go (`DeploymentV3`, `ResourceV3`, `OperationV2`).
 */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  /** A replaced resource's old incarnation, still to be deleted. */
  readonly delete?: boolean;
  readonly id?: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
  readonly parent?: string;
  readonly protect?: boolean;
  /** Read, not created: never deleted. */
  readonly external?: boolean;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: { readonly [property: string]: readonly string[] };
  /** `urn::id` */
  readonly provider?: string;
  /** Created, but it did not become ready. */
  readonly initErrors?: readonly string[];
  /** Deleted to be replaced, and not yet created again. */
  readonly pendingReplacement?: boolean;
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly string[];
  /** Seconds. */
  readonly customTimeouts?: { readonly create?: number; readonly update?: number; readonly delete?: number };
  readonly importID?: string;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  /** RFC 3339. */
  readonly created?: string;
  readonly modified?: string;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading";
export interface Operation {
  readonly type: OperationType;
  readonly resource: ResourceState;
}

export interface Snapshot {
  readonly resources: readonly ResourceState[];
  readonly pending: readonly Operation[];
}

const engineVersion = "chainstead-1";
const signature = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
} as const;

const resourceSchema = z.looseObject({ urn: z.string(), type: z.string(), custom: z.boolean().default(false), inputs: z.record(z.string(), z.json()).optional(), outputs: z.record(z.string(), z.json()).optional() });
const fileSchema = z.object({
  version: z.literal(3),
  deployment: z.looseObject({
    manifest: z.looseObject({ time: z.string(), magic: z.string(), version: z.string() }),
    secrets_providers: z.object({ type: z.string(), state: z.object({ salt: z.string() }).optional() }).optional(),
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(z.object({ resource: resourceSchema, type: z.enum(["creating", "updating", "deleting", "reading"]) })).nullish(),
  }),
});
export type DeploymentFile = z.infer<typeof fileSchema>;

/** @throws with every field that has the wrong form. */
export function parseDeployment(text: string): DeploymentFile {
  const json: unknown = JSON.parse(text);
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version !== 3) throw new Error(`deployment version ${version}; only version 3 is understood`);
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

export interface Sealer {
  readonly state: string;
  seal(text: string): string;
  unseal(sealed: string): string;
}

/** Plain JSON for the file. Every secret is sealed; `sealer` is only absent when there is none. */
export function formatDeployment(snapshot: Snapshot, sealer: Sealer | undefined, now: Date): string {
  const file = {
    version: 3,
    deployment: {
      manifest: { time: now.toISOString(), magic: createHash("sha256").update(engineVersion).digest("hex"), version: engineVersion },
      ...(sealer && { secrets_providers: { type: "passphrase", state: { salt: sealer.state } } }),
      resources: snapshot.resources.map((resource) => encodeResource(resource, sealer)),
      ...(snapshot.pending.length > 0 && { pending_operations: snapshot.pending.map((op) => ({ resource: encodeResource(op.resource, sealer), type: op.type })) }),
    },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

export function decodeSnapshot(file: DeploymentFile, sealer: Sealer | undefined): Snapshot {
  return {
    resources: (file.deployment.resources ?? []).map((resource) => decodeResource(resource, sealer)),
    pending: (file.deployment.pending_operations ?? []).map((op) => ({ type: op.type, resource: decodeResource(op.resource, sealer) })),
  };
}

function encodeResource(resource: ResourceState, sealer: Sealer | undefined): JsonObject {
  const { inputs, outputs, ...rest } = resource;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== false)) as JsonObject;
  return { ...fields, custom: resource.custom, inputs: encode(inputs, sealer), outputs: encode(outputs, sealer) };
}

function decodeResource(raw: z.infer<typeof resourceSchema>, sealer: Sealer | undefined): ResourceState {
  const { inputs, outputs, ...rest } = raw;
  return { ...(rest as object), urn: raw.urn, type: raw.type, custom: raw.custom, inputs: decodeMap(inputs ?? {}, sealer), outputs: decodeMap(outputs ?? {}, sealer) };
}

function encode(value: PropertyValue, sealer: Sealer | undefined): Json {
  if (value instanceof Secret) {
    if (!sealer) throw new Error("A secret was to be written without a key.");
    // The engine's rule: what is sealed is the JSON text of the value.
    return { [signature]: signatures.secret, ciphertext: sealer.seal(JSON.stringify(encode(value.reveal(), sealer))) };
  }
  if (isPropertyList(value)) return value.map((item) => encode(item, sealer));
  if (isPropertyMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item, sealer)]));
  if (value instanceof Unknown) return unknownSentinel;
  if (value instanceof OutputValue) return value.value === undefined ? unknownSentinel : encode(value.secret ? new Secret(value.value) : value.value, sealer);
  if (value instanceof ResourceReference) return { [signature]: signatures.resource, urn: value.urn, ...(typeof value.id === "string" && { id: value.id }), ...(value.packageVersion && { packageVersion: value.packageVersion }) };
  if (value instanceof Asset) return { [signature]: signatures.asset, ...(value.source as JsonObject) };
  if (value instanceof Archive) {
    const { assets, ...rest } = value.source;
    return { [signature]: signatures.archive, ...(rest as JsonObject), ...(assets && { assets: encode(assets, sealer) }) };
  }
  return value as Json;
}

type ReadJson = z.infer<ReturnType<typeof z.json>>;

function decodeMap(map: { readonly [key: string]: ReadJson }, sealer: Sealer | undefined): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, decode(value, sealer)]));
}

function decode(value: ReadJson, sealer: Sealer | undefined): PropertyValue {
  if (value === unknownSentinel) return unknown;
  if (Array.isArray(value)) return value.map((item) => decode(item, sealer));
  if (value === null || typeof value !== "object") return value;
  const { [signature]: kind, ...fields } = value;
  if (kind === signatures.secret) {
    if (!sealer || typeof fields["ciphertext"] !== "string") throw new Error("the state holds a secret, but names no passphrase provider to open it with");
    return new Secret(decode(JSON.parse(sealer.unseal(fields["ciphertext"])) as ReadJson, sealer));
  }
  if (kind === signatures.resource) return new ResourceReference(String(fields["urn"]), typeof fields["id"] === "string" ? fields["id"] : undefined);
  if (kind === signatures.asset) return new Asset(fields as Record<string, string>);
  if (kind === signatures.archive) return new Archive(decodeMap(fields, sealer) as Archive["source"]);
  return decodeMap(value, sealer);
}
