import { setTimeout as sleep } from "node:timers/promises";
import { differences, isObject, type JsonObject } from "../../plain";
import { type Difference, type Existing, NotReady, type Provider, ProviderError, type Result, type Wanted, withoutNulls } from "../provider";
import { ApiRefusal, ClusterClient, describe, fieldManager, type ObjectName } from "./cluster-client";
import { readKubeconfig } from "./kubeconfig";
import { idOf, kindOfToken, nameFromId, nameOf, refuseComposites, withName } from "./object-name";
import { at, readiness } from "./readiness";

/** What Pulumi's provider waits for by default. */
const defaultMilliseconds = 10 * 60_000;
const pollMilliseconds = { first: 100, most: 1_000 };
/** Their pods must be gone before "deleted" is true; everything else has no dependents that matter. */
const foregroundKinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"]);
/** How the API server words it that a field cannot be changed; it has no reason code of its own for that. */
const immutable = /immutable|updates to .* are forbidden|updates to statefulset spec|cannot change|may not change|may not be changed|cannot be changed/i;

/** Objects of a cluster by server-side apply under our own field manager. */
export class KubernetesProvider implements Provider {
  readonly types = ["kubernetes:<group>/<version>:<Kind> for every single object that the API server knows"];
  readonly #client: ClusterClient;
  readonly #namespace: string;

  constructor(inputs: JsonObject) {
    const kubeconfig = inputs["kubeconfig"];
    if (typeof kubeconfig !== "string" || kubeconfig === "") {
      throw new ProviderError('A Kubernetes provider needs "kubeconfig" (text or path): local apply takes no cluster from the environment.', { property: "kubeconfig", refused: true });
    }
    const context = inputs["context"];
    this.#client = new ClusterClient(readKubeconfig(kubeconfig, typeof context === "string" ? context : undefined));
    const namespace = inputs["namespace"];
    this.#namespace = typeof namespace === "string" ? namespace : (this.#client.cluster.namespace ?? "default");
  }

  supports(type: string): boolean {
    return type.startsWith("kubernetes:");
  }

  secrets(type: string): readonly string[] {
    return type === "kubernetes:core/v1:Secret" ? ["data", "stringData"] : [];
  }

  async check(wanted: Wanted, old: Existing | undefined): Promise<JsonObject> {
    refuseComposites(wanted.type);
    const named = withName({ ...kindOfToken(wanted.type), ...withoutNulls(wanted.inputs) }, wanted.urn, old);
    const { namespaced } = await this.#client.kind(String(named["apiVersion"]), String(named["kind"]));
    const metadata = named["metadata"] as JsonObject;
    if (namespaced) return { ...named, metadata: { ...metadata, namespace: metadata["namespace"] ?? this.#namespace } };
    if (metadata["namespace"] === undefined || metadata["namespace"] === null) return named;
    throw new ProviderError(`${describe(nameOf(named))} has no namespace: the kind belongs to the whole cluster. Leave metadata.namespace out.`, { property: "metadata.namespace", refused: true });
  }

  plannedId(_type: string, inputs: JsonObject): string {
    return idOf(nameOf(inputs));
  }

  async diff(wanted: Wanted, old: Existing): Promise<Difference> {
    const paths = differences(old.inputs, wanted.inputs);
    if (paths.length === 0) return { kind: "same", paths };
    if (old.id !== this.plannedId(wanted.type, wanted.inputs)) return { kind: "replace", paths: paths.filter((path) => /^metadata\.(name|namespace)$/.test(path)) };
    try {
      await this.#client.apply(body(wanted.inputs), nameOf(wanted.inputs), { force: true, dryRun: true });
      return { kind: "update", paths };
    } catch (error) {
      if (isImmutable(error)) return { kind: "replace", paths: error.causes.map((cause) => cause.field) };
      throw error;
    }
  }

  async create(wanted: Wanted): Promise<Result> {
    const name = nameOf(wanted.inputs);
    const there = await this.#presentOrGone(name, wanted);
    if (there && !isOurs(there)) {
      throw new ProviderError(`${describe(name)} exists already and was not made by us (field manager "${fieldManager}" is not among its managers). Delete it, choose another name, or import it.`, { refused: true });
    }
    try {
      return result(await this.#client.apply(body(wanted.inputs), name, { force: there !== undefined }));
    } catch (error) {
      if (!there || !isImmutable(error)) throw error;
    }
    // Our own leftover of an interrupted run, from another version of the program.
    await this.#deleteAndWait(name, there, wanted.timeouts.delete, wanted.signal);
    return result(await this.#client.apply(body(wanted.inputs), name, { force: false }));
  }

  async read(existing: Existing): Promise<Result | undefined> {
    const object = await this.#client.get(this.#nameOfExisting(existing));
    return object && result(object);
  }

  async update(wanted: Wanted): Promise<Result> {
    return result(await this.#client.apply(body(wanted.inputs), nameOf(wanted.inputs), { force: true }));
  }

  async delete(existing: Existing, onlyOwn: boolean): Promise<void> {
    const name = this.#nameOfExisting(existing);
    let there: JsonObject | undefined;
    try {
      there = await this.#client.get(name);
    } catch (error) {
      // The kind is gone with its CustomResourceDefinition, and all its objects with it.
      if (error instanceof ProviderError && error.options.property === "kind") return;
      throw error;
    }
    if (!there || (onlyOwn && !isOurs(there))) return;
    await this.#deleteAndWait(name, there, existing.timeouts.delete, existing.signal);
  }

  async settle(wanted: Wanted, created: Result): Promise<Result> {
    const name = nameOf(wanted.inputs);
    const limit = wanted.timeouts.create ?? wanted.timeouts.update ?? defaultMilliseconds;
    let latest: JsonObject | undefined = created.outputs;
    const until = Date.now() + limit;
    for (let pause = pollMilliseconds.first; ; pause = Math.min(pause * 2, pollMilliseconds.most)) {
      if (!latest) throw new NotReady(`${describe(name)} was deleted while it was waited for.`, created);
      const is = readiness(latest);
      if (is.state === "ready") return result(latest);
      if (is.state === "failed") throw new NotReady(`${describe(name)} cannot become ready: ${is.why}`, result(latest));
      if (wanted.signal.aborted) throw new NotReady(`${describe(name)} was not waited for any longer: the run was stopped (${is.why}).`, result(latest));
      if (Date.now() + pause > until) throw new NotReady(`${describe(name)} is not ready after ${limit / 1000} s: ${is.why}. See its events and its pods' logs.`, result(latest));
      await sleep(pause, undefined, { signal: wanted.signal }).catch(() => undefined);
      latest = await this.#client.get(name);
    }
  }

  #nameOfExisting(existing: Existing): ObjectName {
    const apiVersion = existing.inputs["apiVersion"];
    return nameFromId(existing.type, existing.id ?? idOf(nameOf(existing.inputs)), typeof apiVersion === "string" ? apiVersion : undefined);
  }

  /** An object that is on its way out is not there: what follows would go with it. */
  async #presentOrGone(name: ObjectName, wanted: Wanted): Promise<JsonObject | undefined> {
    const there = await this.#client.get(name);
    if (!there || at(there, "metadata", "deletionTimestamp") === undefined) return there;
    await this.#waitGone(name, there, wanted.timeouts.delete, wanted.signal);
    return undefined;
  }

  async #deleteAndWait(name: ObjectName, there: JsonObject, timeout: number | undefined, signal: AbortSignal): Promise<void> {
    const asked = at(there, "metadata", "annotations", "pulumi.com/deletionPropagationPolicy");
    const propagation = asked === "orphan" ? "Orphan" : asked === "background" ? "Background" : asked === "foreground" || foregroundKinds.has(name.kind) ? "Foreground" : "Background";
    const uid = at(there, "metadata", "uid");
    try {
      if (!(await this.#client.delete(name, propagation, typeof uid === "string" ? uid : undefined))) return;
    } catch (error) {
      // Another object of that name by now: ours is gone.
      if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
    }
    await this.#waitGone(name, there, timeout, signal);
  }

  async #waitGone(name: ObjectName, was: JsonObject, timeout: number | undefined, signal: AbortSignal): Promise<void> {
    const limit = timeout ?? defaultMilliseconds;
    const until = Date.now() + limit;
    for (let pause = pollMilliseconds.first; ; pause = Math.min(pause * 2, pollMilliseconds.most)) {
      const now = await this.#client.get(name);
      if (!now || at(now, "metadata", "uid") !== at(was, "metadata", "uid")) return;
      const finalizers = at(now, "metadata", "finalizers");
      const held = Array.isArray(finalizers) && finalizers.length > 0 ? `, held by finalizers ${finalizers.join(", ")}` : "";
      if (signal.aborted) throw new ProviderError(`${describe(name)} is still being deleted${held}: the run was stopped.`);
      if (Date.now() + pause > until) throw new ProviderError(`${describe(name)} is not gone after ${limit / 1000} s${held}. Find out what holds it, then run again.`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * What is sent. `stringData` becomes `data`: the server keeps only the latter, and a key removed from the former would otherwise stay in it.
 */
function body(inputs: JsonObject): JsonObject {
  const { stringData, ...rest } = inputs;
  if (inputs["kind"] !== "Secret" || !isObject(stringData)) return inputs;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value), "utf8").toString("base64")]);
  return { ...rest, data: { ...(isObject(rest["data"]) ? rest["data"] : {}), ...(Object.fromEntries(encoded) as JsonObject) } };
}

function result(object: JsonObject): Result {
  const metadata = { ...(object["metadata"] as JsonObject) };
  // As long as the object itself, and of use to nobody but the server.
  delete metadata["managedFields"];
  return { id: idOf(nameOf(object)), outputs: { ...object, metadata } };
}

function isOurs(object: JsonObject): boolean {
  const managers = at(object, "metadata", "managedFields");
  return Array.isArray(managers) && managers.some((manager) => isObject(manager) && manager["manager"] === fieldManager);
}

function isImmutable(error: unknown): error is ApiRefusal {
  return error instanceof ApiRefusal && error.status === 422 && (immutable.test(error.message) || error.causes.some((cause) => immutable.test(cause.message)));
}
