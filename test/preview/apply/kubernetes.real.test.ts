import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Applied, applyStack, destroyStack } from "../../../preview/apply/command";
import { type ApiServer, startApiServer } from "../../support/api-server";
import type { Declaration } from "./program/declaration";

jest.setTimeout(180_000);

let server: ApiServer;
let folder: string;
const stack = "test";

beforeAll(async () => {
  server = await startApiServer();
  folder = mkdtempSync(join(tmpdir(), "chainstead-apply-"));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const lines: string[] = [];
function apply(declare: readonly Declaration[], more: Record<string, string> = {}, refresh = false): Promise<Applied> {
  lines.length = 0;
  return applyStack({
    root: join(__dirname, "program"),
    stack,
    stateDir: folder,
    refresh,
    config: { declare: JSON.stringify(declare), kubeconfig: server.kubeconfig, ...more },
    onLine: (line) => lines.push(line),
  });
}
const state = (): { deployment: { resources: { urn: string; id?: string; protect?: boolean; initErrors?: string[] }[]; pending_operations?: unknown[] } } => JSON.parse(readFileSync(join(folder, `${stack}.json`), "utf8"));
const exists = async (path: string): Promise<boolean> => (await server.call("GET", path)).status === 200;

const namespace: Declaration = { kind: "Namespace", name: "home", args: { metadata: { name: "home" } } };
const settings = (data: Record<string, string>, more: Partial<Declaration> = {}): Declaration => ({ kind: "ConfigMap", name: "settings", args: { metadata: { name: "settings", namespace: "home" }, data }, needs: ["home"], ...more });
const secret: Declaration = { kind: "Secret", name: "key", args: { metadata: { name: "key", namespace: "home" }, stringData: { word: "swordfish-1234" } }, needs: ["home"] };

describe("a stack's life on a real API server", () => {
  test("creates, says nothing of secrets, and has nothing to do the second time", async () => {
    const first = await apply([namespace, settings({ height: "1" }), secret], { password: "open-sesame-77" });
    // Stack and provider count, as in the real engine.
    expect(first.summary).toEqual({ create: 5, update: 0, replace: 0, delete: 0, same: 0 });
    expect((await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body["data"]).toEqual({ height: "1" });
    const text = readFileSync(join(folder, `${stack}.json`), "utf8");
    for (const hidden of ["swordfish-1234", Buffer.from("swordfish-1234").toString("base64"), "open-sesame-77", "test-operator-token"]) {
      expect(text).not.toContain(hidden);
      expect(lines.join("\n")).not.toContain(hidden);
    }
    expect(statSync(join(folder, `${stack}.json`)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "passphrase")).mode & 0o777).toBe(0o600);

    const again = await apply([namespace, settings({ height: "1" }), secret], { password: "open-sesame-77" });
    expect(again.summary).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 5 });
  });

  test("changes in place, drops removed fields and leaves other managers' fields alone", async () => {
    await server.call("PATCH", "/api/v1/namespaces/home/configmaps/settings?fieldManager=somebody", { data: { theirs: "kept" } }, "application/merge-patch+json");
    const { summary } = await apply([namespace, settings({ width: "2" }), secret]);
    expect(summary).toEqual({ create: 0, update: 1, replace: 0, delete: 0, same: 4 });
    expect((await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body["data"]).toEqual({ width: "2", theirs: "kept" });
  });

  test("replaces what cannot be changed in place", async () => {
    const { summary } = await apply([namespace, settings({ width: "2" }, { args: { metadata: { name: "settings", namespace: "home" }, data: { width: "2" }, immutable: true } }), secret]);
    expect(summary).toMatchObject({ update: 1, replace: 0 });
    const before = (await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body["metadata"] as Record<string, string>;
    const replaced = await apply([namespace, settings({ width: "3" }, { args: { metadata: { name: "settings", namespace: "home" }, data: { width: "3" }, immutable: true } }), secret]);
    expect(replaced.summary).toMatchObject({ update: 0, replace: 1, delete: 0 });
    const now = (await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body;
    expect(now["data"]).toEqual({ width: "3" });
    expect((now["metadata"] as Record<string, string>)["uid"]).not.toBe(before["uid"]);
  });

  test("renames by alias without touching the object", async () => {
    const before = (await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body["metadata"] as Record<string, string>;
    const renamed: Declaration = { ...settings({ width: "3" }), name: "options", args: { metadata: { name: "settings", namespace: "home" }, data: { width: "3" }, immutable: true }, aliases: [{ name: "settings" }] };
    const { summary } = await apply([namespace, renamed, secret]);
    expect(summary).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 5 });
    expect(state().deployment.resources.filter((resource) => resource.id === "home/settings").map((resource) => resource.urn.split("::").pop())).toEqual(["options"]);
    const after = (await server.call("GET", "/api/v1/namespaces/home/configmaps/settings")).body["metadata"] as Record<string, string>;
    expect(after["resourceVersion"]).toBe(before["resourceVersion"]);
  });

  test("deletes what is no longer declared", async () => {
    const { summary } = await apply([namespace, secret]);
    expect(summary).toEqual({ create: 0, update: 0, replace: 0, delete: 1, same: 4 });
    expect(await exists("/api/v1/namespaces/home/configmaps/settings")).toBe(false);
    expect(await exists("/api/v1/namespaces/home/secrets/key")).toBe(true);
  });

  test("deletes nothing when the program fails", async () => {
    await expect(apply([namespace], { fail: "true" })).rejects.toThrow(/was not applied completely[^]*as it was told to/);
    expect(await exists("/api/v1/namespaces/home/secrets/key")).toBe(true);
  });

  test("refuses to delete what is protected, all of it in one error, and nothing else goes meanwhile", async () => {
    const guarded = [{ ...secret, protect: true }, { ...settings({ a: "1" }), protect: true }];
    await apply([namespace, ...guarded, settings({ b: "1" }, { name: "plain", args: { metadata: { name: "plain", namespace: "home" }, data: {} } })]);
    await expect(apply([namespace])).rejects.toThrow(/2 resources are protected[^]*::key[^]*::settings/);
    expect(await exists("/api/v1/namespaces/home/configmaps/plain")).toBe(true);
    await expect(destroyStack({ stack, stateDir: folder })).rejects.toThrow(/protected/);
    await apply([namespace, secret, settings({ a: "1" })]);
  });

  test("keeps what is to be retained", async () => {
    const kept = settings({ a: "1" }, { name: "kept", args: { metadata: { name: "kept", namespace: "home" }, data: {} }, retainOnDelete: true });
    await apply([namespace, secret, kept]);
    await apply([namespace, secret]);
    expect(await exists("/api/v1/namespaces/home/configmaps/kept")).toBe(true);
    expect(state().deployment.resources.some((resource) => resource.urn.endsWith("::kept"))).toBe(false);
    await server.call("DELETE", "/api/v1/namespaces/home/configmaps/kept");
  });

  test("with refresh, makes again what somebody removed", async () => {
    await server.call("DELETE", "/api/v1/namespaces/home/secrets/key");
    expect((await apply([namespace, secret])).summary).toMatchObject({ create: 0, same: 4 });
    expect((await apply([namespace, secret], {}, true)).summary).toMatchObject({ create: 1, same: 3 });
    expect(await exists("/api/v1/namespaces/home/secrets/key")).toBe(true);
  });

  test("destroys everything, dependents first, and a second time does nothing", async () => {
    const { summary } = await destroyStack({ stack, stateDir: folder });
    expect(summary).toMatchObject({ delete: 4, create: 0 });
    expect(await exists("/api/v1/namespaces/home")).toBe(false);
    expect(state().deployment.resources).toEqual([]);
    expect((await destroyStack({ stack, stateDir: folder })).summary.delete).toBe(0);
  });
});

describe("what it refuses and waits for", () => {
  afterEach(async () => void (await destroyStack({ stack, stateDir: folder })));

  test("an object that somebody else made", async () => {
    await server.call("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "foreign" }, data: {} });
    await expect(apply([{ kind: "ConfigMap", name: "foreign", args: { metadata: { name: "foreign" }, data: {} } }])).rejects.toThrow(/ConfigMap default\/foreign exists already and was not made by us/);
    await server.call("DELETE", "/api/v1/namespaces/default/configmaps/foreign");
  });

  test("an object that is only read is known with its server's values, and stays when the program forgets it", async () => {
    const { outputs, summary } = await apply([{ kind: "Namespace", name: "there", get: "kube-system" }]);
    expect(outputs["namespaceLabels"]).toEqual({ "kubernetes.io/metadata.name": "kube-system" });
    expect(summary).toMatchObject({ create: 2, delete: 0 });
    await apply([]);
    expect(await exists("/api/v1/namespaces/kube-system")).toBe(true);
    await expect(apply([{ kind: "Namespace", name: "there", get: "nowhere" }])).rejects.toThrow(/with the id "nowhere" does not exist/);
  });

  test("two resources with one name", async () => {
    const twice = ["one", "two"].map((name): Declaration => ({ kind: "ConfigMap", name, args: { metadata: { name: "shared" } } }));
    await expect(apply(twice)).rejects.toThrow(/both declare kubernetes:core\/v1:ConfigMap "default\/shared"/);
  });

  test("a resource without an explicit provider", async () => {
    await expect(apply([{ kind: "Namespace", name: "there", get: "kube-system", defaultProvider: true }])).rejects.toThrow(/has no provider\. Default providers are not used here/);
  });

  test("charts, and misspelt fields", async () => {
    await expect(apply([{ kind: "Release", name: "chart", args: { chart: "vault" } }])).rejects.toThrow(/helm.sh\/v3:Release is a Helm chart/);
    await expect(apply([{ kind: "ConfigMap", name: "typo", args: { metadata: { name: "typo", lables: { a: "1" } } } }])).rejects.toThrow(/ConfigMap default\/typo .*\.metadata\.lables: field not declared in schema/);
  });

  test("names without metadata.name are made up, and the same on every run", async () => {
    await apply([{ kind: "ConfigMap", name: "Nameless_One", args: { data: { a: "1" } } }]);
    const id = state().deployment.resources.find((resource) => resource.urn.endsWith("Nameless_One"))?.id;
    expect(id).toMatch(/^default\/nameless-one-[0-9a-f]{8}$/);
    await destroyStack({ stack, stateDir: folder });
    await apply([{ kind: "ConfigMap", name: "Nameless_One", args: { data: { a: "1" } } }]);
    expect(state().deployment.resources.find((resource) => resource.urn.endsWith("Nameless_One"))?.id).toBe(id);
  });

  const pod = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } };
  const deployment = (replicas: number, annotations: Record<string, string> = {}): Declaration => ({
    kind: "Deployment",
    name: "web",
    args: { metadata: { name: "web", annotations }, spec: { replicas, selector: { matchLabels: { app: "web" } }, template: pod } },
    customTimeouts: { create: "3s" },
  });

  test("a Deployment that does not become ready fails with its state, and the next run waits for it again", async () => {
    await expect(apply([deployment(1)])).rejects.toThrow(/Deployment default\/web is not ready after 3 s: .*availableReplicas 0 of 1/);
    expect(state().deployment.resources.find((resource) => resource.urn.endsWith("::web"))?.initErrors).toHaveLength(1);
    expect((await apply([deployment(0)])).summary).toMatchObject({ update: 1 });
    expect(state().deployment.resources.find((resource) => resource.urn.endsWith("::web"))?.initErrors).toBeUndefined();
  });

  test("skipAwait does not wait", async () => {
    expect((await apply([deployment(1, { "pulumi.com/skipAwait": "true" })])).summary).toMatchObject({ create: 3 });
  });

  test("a custom resource is applied once its definition is established", async () => {
    const definition: Declaration = {
      kind: "CustomResourceDefinition",
      name: "chains",
      args: {
        metadata: { name: "chains.chainstead.dev" },
        spec: { group: "chainstead.dev", scope: "Namespaced", names: { plural: "chains", kind: "Chain" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }] },
      },
    };
    const chain: Declaration = { kind: "CustomResource", name: "one", needs: ["chains"], args: { apiVersion: "chainstead.dev/v1", kind: "Chain", metadata: { name: "one" }, spec: { a: 1 } } };
    expect((await apply([definition, chain])).summary).toMatchObject({ create: 4 });
    expect(await exists("/apis/chainstead.dev/v1/namespaces/default/chains/one")).toBe(true);
  });
});
