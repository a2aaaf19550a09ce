import { type AnalyzeRequest as Request, type AnalyzeStackRequest as StackRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

import type { RegisteredResource } from "../backend";
import { Archive, Asset, isPropertyList, isPropertyMap, OutputValue, ResourceReference, Secret, Unknown, type PropertyMap, type PropertyValue } from "../values";

/** What Pulumi's engine sends for a value that is not known before the update. */
const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The part of a registration that policies see. */
export type Analyzed = Pick<RegisteredResource, "urn" | "type" | "name" | "inputs" | "parent" | "dependencies" | "propertyDependencies" | "protect" | "ignoreChanges" | "deleteBeforeReplace" | "aliases" | "additionalSecretOutputs" | "provider"> & {
  /** Outputs take part in the stack's analysis; in a preview the inputs stand in for them. */
  readonly outputs?: PropertyMap;
};

/** One resource's inputs, as the engine sends them before it creates the resource. */
export function analyzeRequest(resource: Analyzed, providers: ReadonlyMap<string, Analyzed>): Request {
  const request = new analyzer.AnalyzeRequest();
  request.setUrn(resource.urn);
  request.setType(resource.type);
  request.setName(resource.name);
  request.setProperties(struct(resource.inputs));
  request.setOptions(options(resource));
  request.setProvider(provider(resource, providers));
  return request;
}

/** The whole stack, as the engine sends it after the program has run. */
export function analyzeStackRequest(resources: readonly Analyzed[]): StackRequest {
  const providers = providersOf(resources);
  const request = new analyzer.AnalyzeStackRequest();
  for (const resource of resources) {
    const one = new analyzer.AnalyzerResource();
    one.setUrn(resource.urn);
    one.setType(resource.type);
    one.setName(resource.name);
    one.setProperties(struct({ ...resource.inputs, ...resource.outputs }));
    one.setOptions(options(resource));
    one.setProvider(provider(resource, providers));
    one.setParent(resource.parent ?? "");
    one.setDependenciesList([...resource.dependencies]);
    for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
      const list = new analyzer.AnalyzerPropertyDependencies();
      list.setUrnsList([...urns]);
      one.getPropertydependenciesMap().set(property, list);
    }
    request.addResources(one);
  }
  return request;
}

/** Provider resources by URN. */
export function providersOf(resources: readonly Analyzed[]): ReadonlyMap<string, Analyzed> {
  return new Map(resources.filter((r) => r.type.startsWith("pulumi:providers:")).map((r) => [r.urn, r]));
}

function options(resource: Analyzed): analyzer.AnalyzerResourceOptions {
  const result = new analyzer.AnalyzerResourceOptions();
  result.setProtect(resource.protect);
  result.setIgnorechangesList([...resource.ignoreChanges]);
  result.setDeletebeforereplace(resource.deleteBeforeReplace ?? false);
  result.setDeletebeforereplacedefined(resource.deleteBeforeReplace !== undefined);
  result.setAliasesList([...resource.aliases]);
  result.setAdditionalsecretoutputsList([...resource.additionalSecretOutputs]);
  result.setParent(resource.parent ?? "");
  return result;
}

/** The provider by its reference `urn::id`. A reference to a provider that was not registered is a default provider. */
function provider(resource: Analyzed, providers: ReadonlyMap<string, Analyzed>): analyzer.AnalyzerProviderResource | undefined {
  if (resource.provider === undefined || resource.provider === "") return undefined;
  const urn = resource.provider.slice(0, resource.provider.lastIndexOf("::"));
  const registered = providers.get(urn);
  const result = new analyzer.AnalyzerProviderResource();
  result.setUrn(urn);
  result.setType(registered?.type ?? urn.split("::")[2] ?? "");
  result.setName(registered?.name ?? urn.split("::")[3] ?? "");
  result.setProperties(struct(registered?.inputs ?? {}));
  return result;
}

function struct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(wire(map) as { [key: string]: JavaScriptValue });
}

/** Policies see plain text, as under the real engine; findings are redacted when they come back (`findings.ts`). */
function wire(value: PropertyValue): JavaScriptValue {
  if (isPropertyList(value)) return value.map(wire);
  if (isPropertyMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wire(item)]));
  if (value instanceof Secret) return wire(value.reveal());
  if (value instanceof Unknown) return unknownSentinel;
  if (value instanceof OutputValue) return value.value === undefined ? unknownSentinel : wire(value.value);
  if (value instanceof ResourceReference) return value.id === undefined ? value.urn : value.id instanceof Unknown ? unknownSentinel : value.id;
  if (value instanceof Asset) return value.source.text ?? value.source.path ?? value.source.uri ?? "";
  if (value instanceof Archive) return value.source.path ?? value.source.uri ?? "";
  return value as JavaScriptValue;
}
