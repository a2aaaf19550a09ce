import { isObject, type Json, type JsonObject } from "../../plain";

/** `ready`, or what is still missing; `failed` when waiting longer is useless. */
export type Readiness = { readonly state: "ready" } | { readonly state: "waiting" | "failed"; readonly why: string };

/** Asks an object's own text not to be waited for: the producers' pods need a key that is brought only afterwards. */
export const skipAwaitAnnotation = "pulumi.com/skipAwait";

const ready: Readiness = { state: "ready" };
const waiting = (why: string): Readiness => ({ state: "waiting", why });

/**
 * When is an object of use? The rules are those of Pulumi's Kubernetes provider for the kinds that we declare
 * (pulumi.com/registry/packages/kubernetes/ "await logic"); every other kind is ready as soon as it exists.
 */
export function readiness(object: JsonObject): Readiness {
  if (at(object, "metadata", "annotations", skipAwaitAnnotation) === "true") return ready;
  const rule = rules[`${String(object["apiVersion"]).replace(/\/.*$/, "")}/${String(object["kind"])}`];
  if (!rule) return ready;
  const observed = count(object, "status", "observedGeneration");
  const wanted = count(object, "metadata", "generation");
  if (observedKinds.has(String(object["kind"])) && observed < wanted) return waiting("the controller has not seen the change yet");
  return rule(object);
}

const observedKinds = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

const rules: Readonly<Record<string, (object: JsonObject) => Readiness>> = {
  "apps/Deployment": (object) => {
    const replicas = count(object, "spec", "replicas");
    const progress = condition(object, "Progressing");
    if (progress?.["reason"] === "ProgressDeadlineExceeded") return { state: "failed", why: String(progress["message"]) };
    return replicasReady(object, replicas, "updatedReplicas", "availableReplicas");
  },
  "apps/StatefulSet": (object) => {
    const status = object["status"];
    const rolled = isObject(status) && (status["updateRevision"] === undefined || status["currentRevision"] === status["updateRevision"] || at(object, "spec", "updateStrategy", "type") === "OnDelete");
    const counted = replicasReady(object, count(object, "spec", "replicas"), "readyReplicas");
    return counted.state !== "ready" ? counted : rolled ? ready : waiting("pods of the former revision are still running");
  },
  "apps/DaemonSet": (object) => {
    const wanted = count(object, "status", "desiredNumberScheduled");
    return replicasReady(object, wanted, "updatedNumberScheduled", "numberAvailable");
  },
  "batch/Job": (object) => {
    const failed = condition(object, "Failed");
    if (failed?.["status"] === "True") return { state: "failed", why: `the job failed: ${String(failed["reason"])}: ${String(failed["message"])}` };
    return condition(object, "Complete")?.["status"] === "True" ? ready : waiting(`${count(object, "status", "succeeded")} of ${String(at(object, "spec", "completions") ?? 1)} completions`);
  },
  "v1/Pod": (object) => {
    const phase = at(object, "status", "phase");
    if (phase === "Failed") return { state: "failed", why: `the pod failed: ${String(at(object, "status", "message") ?? "no message")}` };
    return phase === "Succeeded" || condition(object, "Ready")?.["status"] === "True" ? ready : waiting(`phase ${String(phase)}`);
  },
  "apiextensions.k8s.io/CustomResourceDefinition": (object) => {
    const names = condition(object, "NamesAccepted");
    if (names?.["status"] === "False") return { state: "failed", why: String(names["message"]) };
    return condition(object, "Established")?.["status"] === "True" ? ready : waiting("not established");
  },
  "v1/Namespace": (object) => (at(object, "status", "phase") === "Terminating" ? waiting("an earlier namespace of this name is still being deleted") : ready),
};

function replicasReady(object: JsonObject, wanted: number, ...fields: readonly string[]): Readiness {
  const short = fields.filter((field) => count(object, "status", field) < wanted);
  return short.length === 0 ? ready : waiting(short.map((field) => `${field} ${count(object, "status", field)} of ${wanted}`).join(", "));
}

function condition(object: JsonObject, type: string): JsonObject | undefined {
  const conditions = at(object, "status", "conditions");
  return Array.isArray(conditions) ? conditions.filter(isObject).find((one) => one["type"] === type) : undefined;
}

/** The value at a path, undefined where the path ends early. */
export function at(object: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), object);
}

function count(object: JsonObject, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === "number" ? value : 0;
}
