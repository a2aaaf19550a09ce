import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../plain";
import { ProviderError, type Existing } from "../provider";
import type { ObjectName } from "./cluster-client";
import { at } from "./readiness";

/** Set by us beside a name that the program did not give, as Pulumi's provider does. */
export const autonamedAnnotation = "pulumi.com/autonamed";

/** Names may be up to 253 characters, but Services and everything that becomes a label only 63 (RFC 1123). */
const longestName = 63;

/** `kubernetes:apps/v1:Deployment` -> `apps/v1`, `Deployment`; the group `core` is the one without a name. */
export function kindOfToken(type: string): { readonly apiVersion: string; readonly kind: string } {
  const [, path = "", kind = ""] = type.split(":");
  return { apiVersion: path.replace(/^core\//, ""), kind };
}

/** @throws for what comes under a Kubernetes token and is no single object. */
export function refuseComposites(type: string): void {
  const { apiVersion, kind } = kindOfToken(type);
  const refuse = (what: string, remedy: string): never => {
    throw new ProviderError(`${type} is ${what}, which local apply does not render. ${remedy}`, { refused: true });
  };
  if (apiVersion.startsWith("helm.sh")) refuse("a Helm chart", "In the local environment the lab runs third-party software as programs of its own: declare the chart only where the cluster is a cloud's.");
  if (apiVersion.startsWith("yaml") || apiVersion.startsWith("kustomize")) refuse("a bundle of YAML documents", "Declare the objects as typed kubernetes.* resources.");
  if (kind.endsWith("Patch")) refuse("a patch of a foreign object", "Declare the object itself.");
  if (kind.endsWith("List")) refuse("a list of objects", "Declare each object.");
}

/** Lower-case name with a suffix from the URN: the same program gives the same name on every run, so a repeated create meets its own object. */
export function autoname(urn: string): string {
  const suffix = createHash("sha256").update(urn).digest("hex").slice(0, 8);
  const stem = urn
    .slice(urn.lastIndexOf("::") + 2)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, longestName - 1 - suffix.length)
    .replace(/-+$/, "");
  return stem ? `${stem}-${suffix}` : `r-${suffix}`;
}

/** The object with a name: the program's, else the one made up for it before, else a new one from the URN. */
export function withName(object: JsonObject, urn: string, old: Existing | undefined): JsonObject {
  if (typeof at(object, "metadata", "name") === "string") return object;
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const before = at(old?.inputs, "metadata", "annotations", autonamedAnnotation) === "true" ? at(old?.inputs, "metadata", "name") : undefined;
  return { ...object, metadata: { ...metadata, name: before ?? autoname(urn), annotations: { ...annotations, [autonamedAnnotation]: "true" } } };
}

export function nameOf(object: JsonObject): ObjectName {
  const namespace = at(object, "metadata", "namespace");
  return {
    apiVersion: String(object["apiVersion"]),
    kind: String(object["kind"]),
    namespace: typeof namespace === "string" ? namespace : undefined,
    name: String(at(object, "metadata", "name")),
  };
}

/** Pulumi's id of an object: `namespace/name`, or the name alone. */
export function idOf(name: ObjectName): string {
  return name.namespace ? `${name.namespace}/${name.name}` : name.name;
}

/** The object that an id of this type stands for. */
export function nameFromId(type: string, id: string, apiVersion?: string): ObjectName {
  const token = kindOfToken(type);
  const slash = id.indexOf("/");
  return { apiVersion: apiVersion ?? token.apiVersion, kind: token.kind, namespace: slash < 0 ? undefined : id.slice(0, slash), name: id.slice(slash + 1) };
}
