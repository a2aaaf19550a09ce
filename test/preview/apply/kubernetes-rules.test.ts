import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../preview/apply/plain";
import { readKubeconfig } from "../../../preview/apply/providers/kubernetes/kubeconfig";
import { autoname, kindOfToken, nameFromId, refuseComposites, withName } from "../../../preview/apply/providers/kubernetes/object-name";
import { readiness } from "../../../preview/apply/providers/kubernetes/readiness";

describe("kubeconfig", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "chainstead-kubeconfig-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const config = (user: object, cluster: object = {}): string =>
    JSON.stringify({ "current-context": "c", contexts: [{ name: "c", context: { cluster: "k", user: "u", namespace: "n" } }], clusters: [{ name: "k", cluster: { server: "https://h:6443", ...cluster } }], users: [{ name: "u", user }] });

  test("as text: server, authority, client certificate and token", () => {
    const { endpoint, namespace } = readKubeconfig(config({ token: "t", "client-certificate-data": Buffer.from("cert").toString("base64"), "client-key-data": Buffer.from("key").toString("base64") }, { "certificate-authority-data": Buffer.from("ca").toString("base64") }));
    expect(namespace).toBe("n");
    expect(endpoint).toMatchObject({ address: "https://h:6443", tls: { ca: "ca", cert: "cert", key: "key" } });
    expect(endpoint.headers?.()).toEqual({ authorization: "Bearer t" });
  });

  test("as a path: files beside it, and a token file that is read again for each request", () => {
    for (const [name, text] of [["config", config({ tokenFile: "token" }, { "certificate-authority": "ca.pem" })], ["ca.pem", "ca"], ["token", "one\n"]] as const) writeFileSync(join(folder, name), text);
    const { endpoint } = readKubeconfig(join(folder, "config"));
    expect(endpoint.tls?.ca).toBe("ca");
    expect(endpoint.headers?.()).toEqual({ authorization: "Bearer one" });
    writeFileSync(join(folder, "token"), "two");
    expect(endpoint.headers?.()).toEqual({ authorization: "Bearer two" });
  });

  test.each([
    ["a login helper", config({ exec: { command: "aws" } }), /logs in through a helper program/],
    ["an unknown context", JSON.stringify({ "current-context": "x", contexts: [] }), /no context "x" \(it has: none\)/],
    ["a missing file", "/nowhere/kubeconfig", /the kubeconfig \/nowhere\/kubeconfig cannot be read \(ENOENT\)/],
    ["a cluster without server", JSON.stringify({ "current-context": "c", contexts: [], clusters: [{ name: "k", cluster: {} }] }), /clusters\.0\.cluster\.server/],
    ["broken text", '{"apiVersion": "v1", secret-word', /is neither YAML nor JSON/],
  ])("%s is refused without showing the text", (_name, text, message) => {
    expect(() => readKubeconfig(text)).toThrow(message);
    expect(() => readKubeconfig(text)).not.toThrow(/secret-word/);
  });
});

describe("names", () => {
  test.each([
    ["kubernetes:core/v1:ConfigMap", "v1", "ConfigMap"],
    ["kubernetes:apps/v1:StatefulSet", "apps/v1", "StatefulSet"],
    ["kubernetes:rbac.authorization.k8s.io/v1:Role", "rbac.authorization.k8s.io/v1", "Role"],
  ])("%s", (token, apiVersion, kind) => expect(kindOfToken(token)).toEqual({ apiVersion, kind }));

  test("made-up ones are valid, short and the same for the same URN", () => {
    const urn = `urn:pulumi:s::p::kubernetes:core/v1:Service::${"Very_Long.Name".repeat(9)}`;
    expect(autoname(urn)).toBe(autoname(urn));
    expect(autoname(urn)).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    expect(autoname(urn).length).toBeLessThanOrEqual(63);
    expect(autoname("urn:pulumi:s::p::t::___")).toMatch(/^r-[0-9a-f]{8}$/);
  });

  test("a made-up name stays when the resource is renamed, a given one is never touched", () => {
    const first = withName({ kind: "ConfigMap" }, "urn:a::one", undefined);
    const old = { urn: "urn:a::one", type: "", id: "x", inputs: first, outputs: {}, timeouts: {}, signal: new AbortController().signal };
    expect(withName({ kind: "ConfigMap" }, "urn:a::two", old)["metadata"]).toMatchObject({ name: (first["metadata"] as JsonObject)["name"] ?? null });
    const given = { metadata: { name: "given" } };
    expect(withName(given, "urn:a::two", old)).toBe(given);
  });

  test("ids lead back to objects", () => {
    expect(nameFromId("kubernetes:apps/v1:Deployment", "ns/web")).toEqual({ apiVersion: "apps/v1", kind: "Deployment", namespace: "ns", name: "web" });
    expect(nameFromId("kubernetes:core/v1:Namespace", "ns")).toMatchObject({ namespace: undefined, name: "ns" });
  });

  test.each(["kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart", "kubernetes:yaml/v2:ConfigFile", "kubernetes:kustomize/v2:Directory", "kubernetes:core/v1:ConfigMapPatch", "kubernetes:core/v1:ConfigMapList"])("%s is refused by name", (type) => {
    expect(() => refuseComposites(type)).toThrow(type);
  });
});

describe("readiness", () => {
  const workload = (kind: string, spec: JsonObject, status: JsonObject, generation = 1): JsonObject => ({ apiVersion: "apps/v1", kind, metadata: { generation }, spec, status });
  test.each<[string, JsonObject, string]>([
    ["a Deployment nobody has looked at", workload("Deployment", { replicas: 0 }, {}, 2), "waiting"],
    ["a Deployment of none", workload("Deployment", { replicas: 0 }, { observedGeneration: 1 }), "ready"],
    ["a Deployment with old pods only", workload("Deployment", { replicas: 2 }, { observedGeneration: 1, updatedReplicas: 0, availableReplicas: 2 }), "waiting"],
    ["a complete Deployment", workload("Deployment", { replicas: 2 }, { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 }), "ready"],
    ["a Deployment past its deadline", workload("Deployment", { replicas: 2 }, { observedGeneration: 1, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded", message: "m" }] }), "failed"],
    ["a StatefulSet between revisions", workload("StatefulSet", { replicas: 1 }, { observedGeneration: 1, readyReplicas: 1, currentRevision: "a", updateRevision: "b" }), "waiting"],
    ["a StatefulSet that rolls by hand", workload("StatefulSet", { replicas: 1, updateStrategy: { type: "OnDelete" } }, { observedGeneration: 1, readyReplicas: 1, currentRevision: "a", updateRevision: "b" }), "ready"],
    ["a StatefulSet", workload("StatefulSet", { replicas: 1 }, { observedGeneration: 1, readyReplicas: 1, currentRevision: "a", updateRevision: "a" }), "ready"],
    ["a running Job", { apiVersion: "batch/v1", kind: "Job", metadata: {}, status: { active: 1 } }, "waiting"],
    ["a complete Job", { apiVersion: "batch/v1", kind: "Job", metadata: {}, status: { conditions: [{ type: "Complete", status: "True" }] } }, "ready"],
    ["a failed Job", { apiVersion: "batch/v1", kind: "Job", metadata: {}, status: { conditions: [{ type: "Failed", status: "True" }] } }, "failed"],
    ["a definition", { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: {}, status: { conditions: [{ type: "Established", status: "True" }] } }, "ready"],
    ["a definition with taken names", { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: {}, status: { conditions: [{ type: "NamesAccepted", status: "False", message: "taken" }] } }, "failed"],
    ["a namespace on its way out", { apiVersion: "v1", kind: "Namespace", metadata: {}, status: { phase: "Terminating" } }, "waiting"],
    ["anything that asks not to be waited for", { ...workload("Deployment", { replicas: 1 }, {}), metadata: { annotations: { "pulumi.com/skipAwait": "true" } } }, "ready"],
    ["any other kind", { apiVersion: "v1", kind: "ConfigMap" }, "ready"],
  ])("%s is %s", (_name, object, state) => expect(readiness(object).state).toBe(state));
});
