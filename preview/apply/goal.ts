import type { CustomTimeouts, ReadResource, RegisteredResource } from "../backend";
import { BackendError } from "../backend";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../values";
import type { ResourceState } from "./deployment";
import type { Timeouts } from "./providers/provider";

/** The state of a declared resource before anything is known of its outputs. */
export function goalState(resource: RegisteredResource, inputs: PropertyMap): ResourceState {
  const timeouts = timeoutSeconds(resource.customTimeouts, resource.urn);
  return {
    urn: resource.urn,
    type: resource.type,
    custom: resource.custom,
    inputs,
    outputs: {},
    ...(resource.parent && { parent: resource.parent }),
    ...(resource.protect && { protect: true }),
    ...(resource.dependencies.length > 0 && { dependencies: resource.dependencies }),
    ...(Object.keys(resource.propertyDependencies).length > 0 && { propertyDependencies: resource.propertyDependencies }),
    ...(resource.provider && { provider: resource.provider }),
    ...(resource.additionalSecretOutputs.length > 0 && { additionalSecretOutputs: resource.additionalSecretOutputs }),
    ...(resource.aliases.length > 0 && { aliases: resource.aliases }),
    ...(Object.keys(timeouts).length > 0 && { customTimeouts: timeouts }),
    ...(resource.importId && { importID: resource.importId }),
    ...(resource.retainOnDelete && { retainOnDelete: true }),
    ...(resource.deletedWith && { deletedWith: resource.deletedWith }),
  };
}

export function readState(resource: ReadResource, outputs: PropertyMap): ResourceState {
  return {
    urn: resource.urn,
    type: resource.type,
    custom: true,
    external: true,
    id: resource.id,
    inputs: resource.inputs,
    outputs,
    ...(resource.parent && { parent: resource.parent }),
    ...(resource.dependencies.length > 0 && { dependencies: resource.dependencies }),
    ...(resource.provider && { provider: resource.provider }),
    ...(resource.additionalSecretOutputs.length > 0 && { additionalSecretOutputs: resource.additionalSecretOutputs }),
  };
}

export function providerTimeouts(state: ResourceState): Timeouts {
  return Object.fromEntries(Object.entries(state.customTimeouts ?? {}).map(([key, value]) => [key, value * 1000]));
}

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Go's notation ("1h30m") to seconds. @throws BackendError for another one. */
function timeoutSeconds(timeouts: CustomTimeouts, urn: string): NonNullable<ResourceState["customTimeouts"]> {
  const named = Object.entries(timeouts).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "" && entry[0] !== "read");
  return Object.fromEntries(
    named.map(([key, value]) => {
      const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
      if (parts.map((part) => part[0]).join("") !== value) throw new BackendError(`customTimeouts.${key} of ${urn} is "${value}"; write a duration such as "90s" or "5m".`);
      return [key, parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0)];
    }),
  );
}

/** The inputs with the ignored paths as they were before: `spec.replicas`, `metadata.annotations["x.y/z"]`. */
export function keepIgnored(inputs: PropertyMap, old: PropertyMap, paths: readonly string[]): PropertyMap {
  return paths.reduce((kept, path) => keep(kept, old, pathParts(path)), inputs);
}

function keep(inputs: PropertyMap, old: PropertyMap | undefined, [key, ...rest]: readonly string[]): PropertyMap {
  if (key === undefined) return inputs;
  const before: PropertyValue | undefined = old?.[key];
  if (rest.length > 0) {
    const inner = inputs[key];
    return isPropertyMap(inner) ? { ...inputs, [key]: keep(inner, isPropertyMap(before) ? before : undefined, rest) } : inputs;
  }
  if (before !== undefined) return { ...inputs, [key]: before };
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== key));
}

function pathParts(path: string): string[] {
  return [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, plain]) => quoted ?? index ?? plain ?? "");
}

/** Does one of the changed paths lie at or below one of the named ones? */
export function touches(changed: readonly string[], named: readonly string[]): boolean {
  return named.some((name) => name === "*" || changed.some((path) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)));
}
