import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Evaluation } from "./evaluate";
import { packageOf, parseUrn, stackType } from "./urn";
import { isPropertyMap, mapEntries, mapValue, redacted, Secret, unknown, type PropertyMap, type PropertyValue } from "./values";
import { fromJsonMap, type Json } from "./wire/struct";

/** A resource as one side of a comparison. */
export interface SnapshotResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly external: boolean;
  readonly parent?: string;
  readonly inputs: PropertyMap;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  readonly provider?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly aliases: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
}

/** One side of a comparison: what a program declares, or what a state holds. */
export interface Snapshot {
  /** How to call it: a revision, a file. */
  readonly label: string;
  /** A deployed state knows values that a program leaves unknown, and what providers filled in. */
  readonly deployed: boolean;
  readonly resources: readonly SnapshotResource[];
}

export function snapshotOf(evaluation: Evaluation, label: string): Snapshot {
  return { label, deployed: false, resources: evaluation.resources.map(({ resource, external }) => ({ ...resource, external })) };
}

const json = z.custom<Json>(() => true);
const stateResource = z.object({
  urn: z.string().startsWith("urn:pulumi:"),
  custom: z.boolean().optional(),
  delete: z.boolean().optional(),
  external: z.boolean().optional(),
  parent: z.string().optional(),
  inputs: z.record(z.string(), json).optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  provider: z.string().optional(),
  protect: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
  aliases: z.array(z.string()).nullish(),
  ignoreChanges: z.array(z.string()).nullish(),
  replaceOnChanges: z.array(z.string()).nullish(),
});
const resourceList = z.array(stateResource).nullish();
const exported = z.object({ deployment: z.object({ resources: resourceList }) });
const checkpoint = z.object({ checkpoint: z.object({ latest: z.object({ resources: resourceList }).nullish() }) });
const digest = z.object({ steps: z.array(z.object({ newState: stateResource.optional() })) });
const environmentDigest = z.object({ stacks: z.record(z.string(), digest) });

/**
 * Reads what `pulumi stack export` or a file backend wrote, or an earlier `--json` of this command or of `pulumi preview`.
 * @param stack picks the stack's part of a digest over a whole environment
 * @throws Error naming the file and why it is none of these
 */
export function readSnapshot(file: string, stack: string): Snapshot {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const state = exported.safeParse(content);
  if (state.success) return deployed(file, state.data.deployment.resources ?? []);
  const check = checkpoint.safeParse(content);
  if (check.success) return deployed(file, check.data.checkpoint.latest?.resources ?? []);
  const whole = environmentDigest.safeParse(content);
  const part = whole.success ? whole.data.stacks[stack] : content;
  if (whole.success && part === undefined) return { label: file, deployed: false, resources: [] };
  const steps = digest.safeParse(part);
  if (steps.success) return { label: file, deployed: false, resources: steps.data.steps.flatMap(({ newState }) => (newState ? [decode(newState)] : [])) };
  throw new Error(`${file} is neither an exported state ("deployment"), nor a checkpoint, nor a --json preview ("steps"). Make one with: pulumi stack export, or this command's --json.`);
}

function deployed(label: string, resources: readonly z.infer<typeof stateResource>[]): Snapshot {
  // Resources marked for deletion, and providers the engine made by itself, are not part of what a program declares.
  return { label, deployed: true, resources: resources.filter((resource) => !resource.delete && !isDefaultProvider(resource.urn)).map(decode) };
}

function decode(state: z.infer<typeof stateResource>): SnapshotResource {
  const { type } = parseUrn(state.urn);
  return {
    urn: state.urn,
    type,
    custom: state.custom ?? (type !== stackType && packageOf(type) !== "pulumi"),
    external: state.external ?? false,
    ...(state.parent ? { parent: state.parent } : {}),
    inputs: withoutProviderDefaults(mapEntries(fromJsonMap(state.inputs ?? {}), hideRedacted)),
    dependencies: state.dependencies ?? [],
    propertyDependencies: Object.fromEntries(Object.entries(state.propertyDependencies ?? {}).flatMap(([key, urns]) => (urns && urns.length > 0 ? [[key, urns]] : []))),
    ...(state.provider ? { provider: state.provider } : {}),
    protect: state.protect ?? false,
    retainOnDelete: state.retainOnDelete ?? false,
    aliases: state.aliases ?? [],
    ignoreChanges: state.ignoreChanges ?? [],
    replaceOnChanges: state.replaceOnChanges ?? [],
  };
}

const isDefaultProvider = (urn: string): boolean => {
  const { type, name } = parseUrn(urn);
  return type.startsWith("pulumi:providers:") && /^default(_[\w.]+)?$/.test(name);
};

/** A printed secret is still one; its content is not there to compare. */
const hideRedacted = (value: PropertyValue): PropertyValue => mapValue(value, (item) => (item === redacted ? new Secret(unknown) : item));

/** Bridged providers list under `__defaults` which inputs they filled in themselves; the program never gave those. */
function withoutProviderDefaults(map: PropertyMap): PropertyMap {
  const clean = mapValue(map, (value) => {
    if (!isPropertyMap(value) || !("__defaults" in value)) return value;
    const filled = new Set(Array.isArray(value.__defaults) ? value.__defaults.map(String) : []);
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "__defaults" && !filled.has(key)));
  });
  return isPropertyMap(clean) ? clean : map;
}
