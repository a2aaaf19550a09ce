import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { resolveAliases, type AliasRequest } from "./aliases";
import type { RegisteredResource } from "./backend";
import { decodePosition } from "./diagnostics";
import type { Transformed } from "./transforms";
import { newUrn } from "./urn";
import { flattenOutputs, fromStruct } from "./wire/struct";

/**
 * Turns a request, after its transforms, into what the backend sees: URN and aliases computed, options inherited from the parent where
 * the engine does that (protect, retainOnDelete, deletedWith), output values flattened.
 */
export function decodeRegistration(
  run: { readonly project: string; readonly stack: string },
  request: RegisterResourceRequest,
  { properties, options }: Transformed,
  parent: RegisteredResource | undefined,
): RegisteredResource {
  const identity = {
    stack: run.stack,
    project: run.project,
    parent: request.getParent() || undefined,
    type: request.getType(),
    name: request.getName(),
  };
  const flat = flattenOutputs(fromStruct(properties));
  const propertyDependencies: Record<string, readonly string[]> = {};
  for (const [property, dependencies] of request.getPropertydependenciesMap().entries()) propertyDependencies[property] = dependencies.getUrnsList();
  for (const [property, urns] of flat.dependencies) propertyDependencies[property] = [...new Set([...(propertyDependencies[property] ?? []), ...urns])];
  for (const property of Object.keys(propertyDependencies)) {
    if (propertyDependencies[property]?.length === 0) delete propertyDependencies[property];
  }
  const timeouts = options.getCustomTimeouts();
  return {
    urn: newUrn(run.stack, run.project, identity.parent, identity.type, identity.name),
    type: identity.type,
    name: identity.name,
    custom: request.getCustom(),
    remote: request.getRemote(),
    ...present("parent", identity.parent),
    inputs: flat.map,
    dependencies: [...new Set([...options.getDependsOnList(), ...Object.values(propertyDependencies).flat()])],
    propertyDependencies,
    ...present("provider", options.getProvider() || undefined),
    providers: Object.fromEntries(options.getProvidersMap().entries()),
    ...present("version", options.getVersion() || undefined),
    protect: (options.hasProtect() ? options.getProtect() : parent?.protect) ?? false,
    retainOnDelete: (options.hasRetainOnDelete() ? options.getRetainOnDelete() : parent?.retainOnDelete) ?? false,
    ...present("deleteBeforeReplace", options.hasDeleteBeforeReplace() ? options.getDeleteBeforeReplace() : undefined),
    aliases: resolveAliases(identity, [...request.getAliasurnsList().map((urn) => ({ urn })), ...options.getAliasesList().map(decodeAlias)], parent?.aliases ?? []),
    ignoreChanges: options.getIgnoreChangesList(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
    ...present("importId", options.getImport() || undefined),
    customTimeouts: {
      ...present("create", timeouts?.getCreate() || undefined),
      ...present("update", timeouts?.getUpdate() || undefined),
      ...present("delete", timeouts?.getDelete() || undefined),
      ...present("read", timeouts?.getRead() || undefined),
    },
    ...present("sourcePosition", decodePosition(request.getSourceposition(), request.getStacktrace())),
    ...present("deletedWith", options.getDeletedWith() || parent?.deletedWith),
  };
}

function decodeAlias(alias: Alias): AliasRequest {
  const spec = alias.getSpec();
  if (!spec) return { urn: alias.getUrn() };
  return {
    ...present("name", spec.getName() || undefined),
    ...present("type", spec.getType() || undefined),
    ...present("stack", spec.getStack() || undefined),
    ...present("project", spec.getProject() || undefined),
    ...present("parentUrn", spec.getParenturn() || undefined),
    ...(spec.getNoparent() ? { noParent: true } : {}),
  };
}

/** An object with the field, or without it when there is nothing to say. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
