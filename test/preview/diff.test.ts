import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { difference } from "../../preview/diff";
import { differenceLines, operationWord } from "../../preview/render/words";
import { readSnapshot, type Snapshot, type SnapshotResource } from "../../preview/snapshot";
import { Secret, unknown } from "../../preview/values";

const urn = (name: string, type = "m:i:R"): string => `urn:pulumi:s::p::${type}::${name}`;
const resource = (name: string, more: Partial<SnapshotResource> = {}): SnapshotResource => ({
  urn: urn(name),
  type: "m:i:R",
  custom: true,
  external: false,
  inputs: {},
  dependencies: [],
  propertyDependencies: {},
  protect: false,
  retainOnDelete: false,
  aliases: [],
  ignoreChanges: [],
  replaceOnChanges: [],
  ...more,
});
const program = (...resources: SnapshotResource[]): Snapshot => ({ label: "before", deployed: false, resources });
const only = (before: SnapshotResource, after: SnapshotResource) => difference(program(before), program(after)).resources[0];

describe("the difference of two programs", () => {
  it("counts what is created, deleted and left", () => {
    const result = difference(program(resource("a"), resource("gone")), program(resource("a"), resource("new")));
    expect(result.summary).toEqual({ create: 1, update: 0, delete: 1, same: 1, read: 0 });
    expect(result.resources.map(({ operation, urn: at }) => `${operation} ${at}`)).toEqual([`same ${urn("a")}`, `create ${urn("new")}`, `delete ${urn("gone")}`]);
  });

  it("names property paths as Pulumi does", () => {
    const item = only(
      resource("a", { inputs: { spec: { containers: [{ image: "x:1" }], old: 1 }, labels: { "app.kubernetes.io/name": "a" }, same: { deep: [1, 2] } } }),
      resource("a", { inputs: { spec: { containers: [{ image: "x:2" }, { image: "y" }] }, labels: { "app.kubernetes.io/name": "b" }, same: { deep: [1, 2] } } }),
    );
    expect(item?.changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual(['update labels["app.kubernetes.io/name"]', "update spec.containers[0].image", "add spec.containers[1]", "delete spec.old"]);
    expect(item && operationWord(item)).toBe("update, replace unknown");
  });

  it("takes unknown for equal to unknown, and not to anything else", () => {
    expect(only(resource("a", { inputs: { x: unknown } }), resource("a", { inputs: { x: unknown } }))?.operation).toBe("same");
    expect(only(resource("a", { inputs: { x: "1" } }), resource("a", { inputs: { x: unknown } }))?.operation).toBe("update");
  });

  it("sees that a secret changed and does not say to what", () => {
    const item = only(resource("a", { inputs: { x: new Secret("one-secret") } }), resource("a", { inputs: { x: new Secret("two-secret") } }));
    expect(item && differenceLines(item)).toEqual([{ mark: "~", text: "x: [secret] -> [secret] (changed)" }]);
    const unmarked = only(resource("a", { inputs: { x: new Secret("one-secret") } }), resource("a", { inputs: { x: "one-secret" } }));
    expect(JSON.stringify(unmarked?.changes)).not.toContain("one-secret");
    expect(unmarked?.operation).toBe("update");
  });

  it("follows an alias, in dependencies and parents too", () => {
    const before = program(resource("old"), resource("user", { dependencies: [urn("old")], parent: urn("old") }));
    const after = program(resource("new", { aliases: [urn("old")] }), resource("user", { dependencies: [urn("new")], parent: urn("new") }));
    const result = difference(before, after);
    expect(result.summary).toMatchObject({ create: 0, delete: 0, same: 2 });
    expect(result.resources[0]?.renamedFrom).toBe(urn("old"));
  });

  it("prefers a resource's own URN over an alias of another", () => {
    const result = difference(program(resource("a"), resource("b")), program(resource("c", { aliases: [urn("a")] }), resource("a"), resource("b")));
    expect(result.summary).toMatchObject({ create: 1, delete: 0, same: 2 });
  });

  it("tells changed dependencies and options", () => {
    const item = only(resource("a", { dependencies: [urn("x")], protect: true, provider: `${urn("p1", "pulumi:providers:m")}::1` }), resource("a", { dependencies: [urn("y")], provider: `${urn("p1", "pulumi:providers:m")}::2` }));
    expect(item && differenceLines(item).map(({ mark, text }) => `${mark} ${text}`)).toEqual(["~ option protect: true -> false", "+ depends on m i R y", "- no longer depends on m i R x"]);
    expect(item?.replace).toBeUndefined();
  });

  it("honours ignoreChanges and replaceOnChanges", () => {
    expect(only(resource("a", { inputs: { spec: { replicas: 1 } } }), resource("a", { inputs: { spec: { replicas: 2 } }, ignoreChanges: ["spec.replicas"] }))?.operation).toBe("same");
    expect(only(resource("a", { inputs: { x: 1 } }), resource("a", { inputs: { x: 2 }, replaceOnChanges: ["x"] }))?.replace).toBe("declared");
  });
});

describe("files to compare with", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "preview-diff-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (content: object): string => {
    writeFileSync(join(folder, "f.json"), JSON.stringify(content));
    return join(folder, "f.json");
  };
  const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "AAAA" };

  it("an exported state: provider defaults, encrypted secrets and what is only known there are no changes", () => {
    const state = file({
      version: 3,
      deployment: {
        resources: [
          { urn: urn("a"), custom: true, type: "m:i:R", inputs: { x: "1", region: "r", id: "i-1", key: mark, nested: { __defaults: ["z"], z: 1, y: 2 }, __defaults: ["region"] }, dependencies: null },
          { urn: urn("doomed"), custom: true, delete: true, type: "m:i:R" },
          { urn: urn("default_1_2_3", "pulumi:providers:m"), custom: true, type: "pulumi:providers:m" },
        ],
      },
    });
    const result = difference(readSnapshot(state, "s"), { label: "now", deployed: false, resources: [resource("a", { inputs: { x: "1", id: unknown, key: new Secret("k"), nested: { y: 2 } } })] });
    expect(result.summary).toEqual({ create: 0, update: 0, delete: 0, same: 1, read: 0 });
    expect(result.incomparable).toBe(2);
  });

  it("an earlier digest, of one stack or of an environment", () => {
    const digest = { steps: [{ op: "create", urn: urn("a"), newState: { urn: urn("a"), custom: true, type: "m:i:R", inputs: { x: "[secret]", y: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" } } }, { op: "delete", urn: urn("b") }] };
    const after: Snapshot = { label: "now", deployed: false, resources: [resource("a", { inputs: { x: new Secret("k"), y: unknown } })] };
    expect(difference(readSnapshot(file(digest), "s"), after).summary).toMatchObject({ same: 1, create: 0 });
    expect(difference(readSnapshot(file({ stacks: { s: digest } }), "s"), after).summary).toMatchObject({ same: 1 });
    expect(difference(readSnapshot(file({ stacks: { s: digest } }), "other"), after).summary).toMatchObject({ create: 1 });
  });

  it("anything else is refused", () => {
    expect(() => readSnapshot(file({ a: 1 }), "s")).toThrow(/neither an exported state.*pulumi stack export/);
    writeFileSync(join(folder, "f.json"), "x");
    expect(() => readSnapshot(join(folder, "f.json"), "s")).toThrow(/cannot be read as JSON/);
  });
});
