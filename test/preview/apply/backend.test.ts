import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cutOff, type Declared, FakeService, refused, run, urnOf } from "./fake-provider";

// Key derivation is slow by intent, and slower on a busy machine.
jest.setTimeout(60_000);

let stateDir: string;
let service: FakeService;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "chainstead-backend-"));
  service = new FakeService();
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

interface Written {
  readonly resources: readonly { readonly urn: string; readonly id?: string; readonly delete?: boolean; readonly dependencies?: readonly string[]; readonly inputs: Record<string, unknown> }[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly id?: string } }[];
}
const state = (): Written => (JSON.parse(readFileSync(join(stateDir, "one.json"), "utf8")) as { deployment: Written }).deployment;
const thing = (name: string, more: Partial<Declared> = {}): Declared => ({ name, ...more, inputs: { name, ...more.inputs } });
const apply = (program: readonly Declared[], options?: Parameters<typeof run>[3]): ReturnType<typeof run> => {
  service.log.length = 0;
  return run(stateDir, service, program, options);
};

describe("what is done to a resource", () => {
  test("create, same, update, delete", async () => {
    expect((await apply([thing("a")])).summary).toEqual({ create: 3, update: 0, replace: 0, delete: 0, same: 0 });
    expect((await apply([thing("a")])).summary).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 3 });
    expect((await apply([thing("a", { inputs: { size: 2 } })])).summary).toMatchObject({ update: 1 });
    expect((await apply([])).summary).toMatchObject({ delete: 1, same: 2 });
    expect(service.objects.size).toBe(0);
  });

  test("a replacement with a new name is created first, and the former one deleted at the end", async () => {
    await apply([thing("a"), thing("b", { dependencies: [urnOf("a")] })]);
    const { summary } = await apply([thing("a", { inputs: { name: "a2" } }), thing("b", { dependencies: [urnOf("a")] })]);
    expect(service.log).toEqual(["create a2", "delete a"]);
    expect(summary).toMatchObject({ replace: 1, delete: 0, create: 0 });
    expect(state().resources.filter((resource) => resource.urn === urnOf("a")).map((resource) => resource.id)).toEqual(["a2"]);
  });

  test("a replacement under the same name is deleted first, whatever the option says; so is one with deleteBeforeReplace", async () => {
    await apply([thing("a", { inputs: { shape: "round" } }), thing("b")]);
    await apply([thing("a", { inputs: { shape: "square" }, deleteBeforeReplace: false }), thing("b", { inputs: { name: "b2" }, deleteBeforeReplace: true })]);
    expect(service.log).toEqual(["delete a", "create a", "delete b", "create b2"]);
  });

  test("what hung on a resource that was deleted first is looked for, and made again if it went with it", async () => {
    const program = (shape: string): Declared[] => [thing("mount", { inputs: { shape } }), thing("inside", { dependencies: [urnOf("mount")] }), thing("deeper", { dependencies: [urnOf("inside")] }), thing("apart")];
    await apply(program("1"));
    const takesAlong = service.objects.delete.bind(service.objects);
    service.objects.delete = (id: string): boolean => (id === "mount" && ["inside", "deeper"].forEach(takesAlong), takesAlong(id));
    await apply(program("2"));
    expect(service.log).toEqual(["delete mount", "create mount", "create inside", "create deeper"]);
  });

  test("replaceOnChanges and ignoreChanges", async () => {
    await apply([thing("a", { inputs: { size: 1, tags: { x: "1", y: "1" } } })]);
    await apply([thing("a", { inputs: { size: 5, tags: { x: "1", y: "2" } }, ignoreChanges: ["size", "tags.y"] })]);
    expect(service.log).toEqual([]);
    await apply([thing("a", { inputs: { size: 5, tags: { x: "1", y: "2" } }, replaceOnChanges: ["tags"] })]);
    expect(service.log).toEqual(["delete a", "create a"]);
  });

  test("an alias keeps the resource, and everything that named it follows", async () => {
    await apply([thing("old"), thing("child", { dependencies: [urnOf("old")] })]);
    const { summary } = await apply([thing("new", { inputs: { name: "old" }, aliases: [urnOf("old")] }), thing("child", { dependencies: [urnOf("new")] })]);
    expect(summary).toMatchObject({ create: 0, delete: 0, same: 4 });
    // Also when the dependent is not reached any more: its reference leads to the new name.
    await apply([thing("newer", { inputs: { name: "old" }, aliases: [urnOf("new")] })], {});
    expect(service.log).toEqual(["delete child"]);
  });

  test("two resources with one identity are refused", async () => {
    await expect(apply([thing("a"), thing("b", { inputs: { name: "a" } })])).rejects.toThrow(/both declare fake:x:Thing "a"/);
  });

  test("an unknown type names the resource and what there is", async () => {
    await expect(apply([{ ...thing("a"), type: "fake:x:Other", urn: urnOf("a") }])).rejects.toThrow(/fake:x:Other cannot be applied locally \(.*::a\)\. Supported are: fake:x:Thing/);
    await expect(apply([{ ...thing("a"), type: "gcp:storage:Bucket" }])).rejects.toThrow(/gcp:storage:Bucket cannot be applied locally .* Supported are: fake:\*/);
    await expect(apply([thing("a", { provider: undefined })])).rejects.toThrow(/has no provider\. Default providers are not used here/);
  });
});

describe("deletes", () => {
  const chain = [thing("a"), thing("b", { dependencies: [urnOf("a")] }), thing("c", { parent: urnOf("b") }), thing("d", { propertyDependencies: { x: [urnOf("c")] } })];

  test("go in reverse order of need", async () => {
    await apply(chain);
    await apply([]);
    expect(service.log).toEqual(["delete d", "delete c", "delete b", "delete a"]);
  });

  test("that do not depend on each other go together, up to the cap", async () => {
    await apply(Array.from({ length: 12 }, (_, i) => thing(`t${i}`)));
    service.delayMilliseconds = 20;
    service.mostRunning = 0;
    await apply([], { parallel: 4 });
    expect(service.mostRunning).toBe(4);
    expect(service.objects.size).toBe(0);
  });

  test("one that fails keeps what it needs and nothing else; the next run tries again", async () => {
    await apply([...chain, thing("free")]);
    service.failures.set("delete:c", refused);
    await expect(apply([])).rejects.toThrow(/1 of 5 deletions failed; 3 resources stay[^]*the service says no/);
    expect([...service.objects.keys()].sort()).toEqual(["a", "b", "c"]);
    service.failures.clear();
    await apply([]);
    expect(service.log).toEqual(["delete c", "delete b", "delete a"]);
  });

  test("of protected resources are all refused at once, and nothing is deleted", async () => {
    await apply([thing("a", { protect: true }), thing("b"), thing("c", { protect: true })]);
    await expect(apply([])).rejects.toThrow(/2 resources are protected[^]*::a[^]*::c/);
    expect(service.objects.size).toBe(3);
    await expect(apply([thing("a", { protect: true, inputs: { shape: "new" } }), thing("b"), thing("c")])).rejects.toThrow(/::a is protected and would have to be replaced: shape cannot be changed in place/);
    expect(service.log).toEqual([]);
  });

  test("are left out for retainOnDelete, and for what goes with something else", async () => {
    await apply([thing("a"), thing("with", { deletedWith: urnOf("a") }), thing("kept", { retainOnDelete: true })]);
    await apply([]);
    expect(service.log).toEqual(["delete a"]);
    expect(state().resources.filter((resource) => resource.urn.includes("Thing"))).toEqual([]);
  });

  test("do not happen when a registration failed", async () => {
    await apply([thing("a"), thing("b")]);
    service.failures.set("create:c", refused);
    await expect(apply([thing("c")])).rejects.toThrow("the service says no");
    expect([...service.objects.keys()]).toEqual(["a", "b"]);
    expect(state().resources.filter((resource) => resource.urn.includes("Thing")).map((resource) => resource.id)).toEqual(["a", "b"]);
  });
});

describe("failures of one operation", () => {
  test("a refusal leaves nothing open; a lost connection does, and is done over", async () => {
    service.failures.set("create:a", refused);
    await expect(apply([thing("a")])).rejects.toThrow();
    expect(state().pending_operations).toBeUndefined();
    service.failures.set("create:a", cutOff);
    await expect(apply([thing("a")])).rejects.toThrow();
    expect(state().pending_operations).toMatchObject([{ type: "creating", resource: { id: "a" } }]);
    service.failures.clear();
    const { events } = await apply([thing("a")]);
    expect(events).toContainEqual(expect.objectContaining({ kind: "note", message: expect.stringContaining("cut off while creating") as string }));
    expect(state().pending_operations).toBeUndefined();
  });

  test("what was perhaps created under a former name is deleted", async () => {
    service.failures.set("create:a", cutOff);
    await expect(apply([thing("x", { inputs: { name: "a" } })])).rejects.toThrow();
    service.failures.clear();
    await apply([thing("x", { inputs: { name: "b" } })]);
    expect(service.log).toEqual(["delete a", "create b"]);
  });

  test("a replacement whose second half failed is completed", async () => {
    await apply([thing("a", { inputs: { shape: "1" } })]);
    service.failures.set("create:a", refused);
    await expect(apply([thing("a", { inputs: { shape: "2" } })])).rejects.toThrow();
    service.failures.clear();
    expect((await apply([thing("a", { inputs: { shape: "2" } })])).summary).toMatchObject({ replace: 1 });
    expect(service.log).toEqual(["create a"]);
  });

  test("a stopped run begins nothing new", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(apply([thing("a")], { signal: controller.signal })).rejects.toThrow(/the run was stopped/);
    expect(service.log).toEqual([]);
  });
});

test("many at once: never more changes than the cap, and the file names each after what it needs", async () => {
  service.delayMilliseconds = 5;
  await apply(Array.from({ length: 40 }, (_, i) => thing(`t${i}`)), { parallel: 6, together: true });
  expect(service.mostRunning).toBe(6);
  expect(service.objects.size).toBe(40);
  expect(state().resources).toHaveLength(42);
});

test("credentials of providers are sealed even where the program did not mark them", async () => {
  await apply([thing("a")]);
  expect(readFileSync(join(stateDir, "one.json"), "utf8")).not.toContain("hidden-token");
});
