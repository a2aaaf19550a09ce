import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceState } from "../../../preview/apply/deployment";
import { readStackOutputs } from "../../../preview/apply/stack-outputs";
import { StateFile } from "../../../preview/apply/state-file";
import { ResourceReference, Secret } from "../../../preview/values";

// Key derivation is slow by intent, and slower on a busy machine.
jest.setTimeout(60_000);

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "chainstead-state-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const file = (): StateFile => new StateFile({ stateDir, stack: "one" });
const path = (): string => join(stateDir, "one.json");
const resource = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({ urn: `urn:pulumi:one::p::t:m:T::${name}`, type: "t:m:T", custom: true, inputs: {}, outputs: {}, ...more });

/** Fields of `resourceV3`, from github.com/pulumi/pulumi sdk/go/common/apitype/core.go (ResourceV3). */
const knownFields = new Set(
  "urn custom delete id type inputs outputs parent protect taint external dependencies initErrors provider propertyDependencies pendingReplacement additionalSecretOutputs aliases customTimeouts importID retainOnDelete deletedWith created modified".split(" "),
);

test("what is written has the shape of a Pulumi deployment, version 3, and reads back the same", async () => {
  const full = resource("full", {
    id: "x",
    inputs: { secret: new Secret({ deep: ["a"] }), plain: [1, null, true], reference: new ResourceReference("urn:pulumi:one::p::t:m:T::a", "1") },
    outputs: { out: new Secret("text") },
    parent: "urn:pulumi:one::p::pulumi:pulumi:Stack::p-one",
    protect: true,
    dependencies: ["urn:pulumi:one::p::t:m:T::a"],
    propertyDependencies: { plain: ["urn:pulumi:one::p::t:m:T::a"] },
    customTimeouts: { create: 30 },
    initErrors: ["not ready"],
  });
  await file().write({ resources: [resource("a"), full], pending: [{ type: "creating", resource: resource("b", { inputs: { word: new Secret("hidden-1") } }) }] });
  const text = readFileSync(path(), "utf8");
  expect(text).not.toContain("hidden-1");
  const json = JSON.parse(text) as { version: number; deployment: Record<string, unknown> & { resources: object[]; manifest: Record<string, string> } };
  expect(json.version).toBe(3);
  expect(Object.keys(json.deployment).sort()).toEqual(["manifest", "pending_operations", "resources", "secrets_providers"]);
  // The engine checks that the magic is the SHA-256 of the version (pkg/resource/deploy/deploytest and stack/deployment.go).
  expect(json.deployment.manifest["magic"]).toMatch(/^[0-9a-f]{64}$/);
  expect(json.deployment["secrets_providers"]).toEqual({ type: "passphrase", state: { salt: expect.stringMatching(/^v1:/) as string } });
  for (const written of json.deployment.resources) expect(Object.keys(written).filter((field) => !knownFields.has(field))).toEqual([]);
  expect((json.deployment.resources[1] as { inputs: { secret: object } }).inputs.secret).toEqual({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: expect.stringMatching(/^v1:/) as string });

  const back = await file().read();
  const [, again] = back.resources;
  expect((again?.inputs["secret"] as Secret).reveal()).toEqual({ deep: ["a"] });
  expect((again?.outputs["out"] as Secret).reveal()).toBe("text");
  expect(again?.inputs["reference"]).toEqual(new ResourceReference("urn:pulumi:one::p::t:m:T::a", "1"));
  expect({ ...again, inputs: {}, outputs: {} }).toEqual({ ...full, inputs: {}, outputs: {} });
  expect((back.pending[0]?.resource.inputs["word"] as Secret).reveal()).toBe("hidden-1");
});

test("without secrets there is neither a passphrase nor half a second of key derivation", async () => {
  await file().write({ resources: [resource("a")], pending: [] });
  expect(readdirSync(stateDir)).toEqual(["one.json"]);
});

test.each([
  ["half a file", (text: string) => text.slice(0, text.length / 2), /cannot be used: .*JSON/],
  ["an empty file", () => "", /\(0 characters\) cannot be used/],
  ["another version", (text: string) => text.replace('"version": 3', '"version": 4'), /deployment version 4; only version 3/],
  ["a resource without a name", (text: string) => text.replace('"urn"', '"nru"'), /deployment\.resources\.0\.urn/],
  ["a foreign secrets provider", (text: string) => text.replace('"manifest"', '"secrets_providers": {"type": "cloud"}, "manifest"'), /secrets provider "cloud"/],
])("%s is a clear error that loses nothing and names the backup", async (_name, damage, message) => {
  const writer = file();
  await writer.write({ resources: [resource("before")], pending: [] });
  const second = file();
  await second.write({ resources: [resource("after")], pending: [] });
  const damaged = damage(readFileSync(path(), "utf8"));
  writeFileSync(path(), damaged);
  await expect(file().read()).rejects.toThrow(message);
  await expect(file().read()).rejects.toThrow(/Nothing was changed\. The state before the last run is in .*one\.json\.bak/);
  expect(readFileSync(path(), "utf8")).toBe(damaged);
  expect(readFileSync(`${path()}.bak`, "utf8")).toContain("before");
});

test("a lost or foreign passphrase file is told", async () => {
  await file().write({ resources: [resource("a", { inputs: { x: new Secret("y") } })], pending: [] });
  const passphrase = join(stateDir, "passphrase");
  const kept = readFileSync(passphrase);
  rmSync(passphrase);
  await expect(file().read()).rejects.toThrow(/need the passphrase file .*passphrase, which is missing/);
  writeFileSync(passphrase, "another\n");
  await expect(file().read()).rejects.toThrow(/does not belong to this state/);
  writeFileSync(passphrase, kept);
  expect((await file().read()).resources).toHaveLength(1);
});

test("a write that fails leaves the former state whole", async () => {
  await file().write({ resources: [resource("a")], pending: [] });
  const before = readFileSync(path(), "utf8");
  // A folder in the place of the temporary file stands for a full disk.
  mkdirSync(`${path()}.tmp-${process.pid}`);
  await expect(file().write({ resources: [], pending: [] })).rejects.toThrow(/one\.json cannot be written: .*EISDIR.*What stood in it still does/);
  expect(readFileSync(path(), "utf8")).toBe(before);
});

test("sweep removes what a killed run left half written, of this stack alone", async () => {
  for (const name of ["one.json.tmp-1", "one.json", "other.json.tmp-1"]) writeFileSync(join(stateDir, name), "{}");
  file().sweep();
  expect(readdirSync(stateDir).sort()).toEqual(["one.json", "other.json.tmp-1"]);
});

test("outputs of another stack are read by plain and by qualified name", async () => {
  const stack = { ...resource("p-one"), type: "pulumi:pulumi:Stack", custom: false, outputs: { vpc: "v", word: new Secret("hidden") } };
  await file().write({ resources: [stack], pending: [] });
  for (const name of ["one", "organization/p/one"]) {
    const outputs = await readStackOutputs(stateDir, name);
    expect(outputs["vpc"]).toBe("v");
    expect((outputs["word"] as Secret).reveal()).toBe("hidden");
  }
  await expect(readStackOutputs(stateDir, "two")).rejects.toThrow(/The stack two has no state in .* \(there: one\)\. Apply it first/);
});

test("files are private even where the folder is not", async () => {
  chmodSync(stateDir, 0o755);
  await file().write({ resources: [resource("a", { inputs: { x: new Secret("y") } })], pending: [] });
  for (const name of ["one.json", "passphrase"]) expect(statSync(join(stateDir, name)).mode & 0o077).toBe(0);
  expect(existsSync(`${path()}.tmp-${process.pid}`)).toBe(false);
});
