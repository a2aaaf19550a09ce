import { isObject, type Json, type JsonObject } from "../../plain";
import { HttpClient, type Reply } from "../http";
import { ProviderError } from "../provider";
import type { Cluster } from "./kubeconfig";

/** Who we are in `metadata.managedFields`: what this manager set, later applies may change or remove. */
export const fieldManager = "chainstead";

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

interface Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The API server answers 500 to an apply with a field that its schema does not know, and has done nothing then. */
const undeclaredField = /failed to create typed patch object/;

/** A refusal by the API server, with its machine-readable part. */
export class ApiRefusal extends ProviderError {
  constructor(
    message: string,
    readonly status: number,
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[],
  ) {
    super(message, { refused: status < 500 || undeclaredField.test(message) });
  }
}

/** Objects of one API server by server-side apply. */
export class ClusterClient {
  readonly #http: HttpClient;
  readonly #kinds = new Map<string, Map<string, Kind>>();

  constructor(readonly cluster: Cluster) {
    this.#http = new HttpClient(cluster.endpoint);
  }

  /** @throws ProviderError when the server does not know the kind. */
  async kind(apiVersion: string, kind: string): Promise<Kind> {
    const known = this.#kinds.get(apiVersion)?.get(kind);
    if (known) return known;
    // Asked again on a miss: a CustomResourceDefinition may have been applied since.
    const reply = await this.#http.call({ method: "GET", path: apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}` });
    if (reply.status !== 200 && reply.status !== 404) throw refusal(reply, `the kinds of ${apiVersion}`);
    const kinds = new Map<string, Kind>();
    for (const entry of isObject(reply.body) && Array.isArray(reply.body["resources"]) ? reply.body["resources"] : []) {
      if (isObject(entry) && !String(entry["name"]).includes("/")) kinds.set(String(entry["kind"]), { plural: String(entry["name"]), namespaced: entry["namespaced"] === true });
    }
    this.#kinds.set(apiVersion, kinds);
    const found = kinds.get(kind);
    if (found) return found;
    throw new ProviderError(`The API server ${this.cluster.endpoint.address} has no ${kind} in ${apiVersion}. If it comes from a CustomResourceDefinition, depend on that.`, { property: "kind", refused: true });
  }

  async get(name: ObjectName): Promise<JsonObject | undefined> {
    const reply = await this.#http.call({ method: "GET", path: await this.#path(name) });
    if (reply.status === 404) return undefined;
    return this.#object(reply, name);
  }

  /** @throws ApiRefusal; 409 when another manager owns a field and `force` is not set. */
  async apply(object: JsonObject, name: ObjectName, options: { readonly force: boolean; readonly dryRun?: boolean }): Promise<JsonObject> {
    const query = `?fieldManager=${fieldManager}&force=${options.force}&fieldValidation=Strict${options.dryRun ? "&dryRun=All" : ""}`;
    const path = (await this.#path(name)) + query;
    return this.#object(await this.#http.call({ method: "PATCH", path, body: object, contentType: "application/apply-patch+yaml" }), name);
  }

  /** False when it did not exist. */
  async delete(name: ObjectName, propagation: "Foreground" | "Background" | "Orphan", uid?: string): Promise<boolean> {
    const body: JsonObject = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation, ...(uid && { preconditions: { uid } }) };
    const reply = await this.#http.call({ method: "DELETE", path: await this.#path(name), body });
    if (reply.status === 404) return false;
    if (reply.status >= 300) throw refusal(reply, describe(name));
    return true;
  }

  close(): void {
    this.#http.close();
  }

  async #path(name: ObjectName): Promise<string> {
    const { plural, namespaced } = await this.kind(name.apiVersion, name.kind);
    const root = name.apiVersion.includes("/") ? `/apis/${name.apiVersion}` : `/api/${name.apiVersion}`;
    return `${root}${namespaced ? `/namespaces/${encodeURIComponent(name.namespace ?? "default")}` : ""}/${plural}/${encodeURIComponent(name.name)}`;
  }

  #object(reply: Reply, name: ObjectName): JsonObject {
    if (reply.status >= 300 || !isObject(reply.body)) throw refusal(reply, describe(name));
    return reply.body;
  }
}

export function describe(name: ObjectName): string {
  return `${name.kind} ${name.namespace ? `${name.namespace}/` : ""}${name.name}`;
}

/** For Secrets the server repeats values in its messages, so only its field paths are shown there. */
function refusal(reply: Reply, what: string): ApiRefusal {
  const status = isObject(reply.body) ? reply.body : {};
  const details: Json | undefined = status["details"];
  const raw = isObject(details) && Array.isArray(details["causes"]) ? details["causes"].filter(isObject) : [];
  const causes = raw.map((cause) => ({ reason: String(cause["reason"] ?? ""), field: String(cause["field"] ?? ""), message: String(cause["message"] ?? "") }));
  const told = what.startsWith("Secret ") ? `${String(status["reason"] ?? "refused")}${causes.length > 0 ? ` at ${causes.map((cause) => cause.field).join(", ")}` : ""}` : String(status["message"] ?? reply.text.slice(0, 300));
  return new ApiRefusal(`The API server refused ${what} (${reply.status}): ${told}`, reply.status, causes);
}
