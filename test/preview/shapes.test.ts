import type { Evaluation } from "../../preview/evaluate";
import { Archive, Asset, ResourceReference, Secret, unknown } from "../../preview/values";
import { evaluateProgram, named, patience } from "./support";

const urn = (type: string, name: string): string => `urn:pulumi:test::shapes::${type}::${name}`;

describe("options, transforms, aliases and values", () => {
  let evaluation: Evaluation;
  beforeAll(async () => {
    evaluation = await evaluateProgram("shapes", "preview");
  }, patience);

  it("ends well", () => {
    expect(evaluation.logs).toEqual([]);
    expect(evaluation.exitCode).toBe(0);
  });

  it("runs transforms: the resource's own, then its parents', then the stack's", () => {
    expect(named(evaluation, "plain").resource.inputs).toEqual({ text: "a", list: [1, null, { x: true }], stackTransform: true, order: "s" });
    expect(named(evaluation, "own-transform").resource).toMatchObject({ inputs: { text: "changed", order: "rs" }, protect: true, ignoreChanges: ["text"] });
    expect(named(evaluation, "group-child").resource.inputs.order).toBe("ps");
    expect(named(evaluation, "own-transform").resource.provider).toMatch(/^urn:pulumi:test::shapes::pulumi:providers:demo::demo::/);
  });

  it("runs invoke transforms before it looks for an answer", () => {
    expect(evaluation.outputs.answer).toBe("right");
  });

  it("inherits protect and retainOnDelete from the parent", () => {
    expect(named(evaluation, "untouched-child").resource).toMatchObject({ protect: true, retainOnDelete: true });
    expect(named(evaluation, "plain").resource).toMatchObject({ protect: false, retainOnDelete: false });
  });

  it("resolves aliases, the parent's multiplied in", () => {
    expect(named(evaluation, "group").resource.aliases).toEqual([urn("demo:index:Group", "old-group")]);
    expect([...named(evaluation, "group-child").resource.aliases].sort()).toEqual(
      [urn("demo:index:Group$demo:index:OldThing", "group-child"), urn("demo:index:Group$demo:index:Thing", "old-group-child"), urn("demo:index:Group$demo:index:OldThing", "old-group-child")].sort(),
    );
    expect(named(evaluation, "moved").resource.aliases).toEqual([urn("demo:index:Group$demo:index:Thing", "moved"), urn("demo:index:Thing", "elsewhere")]);
  });

  it("hands every option over", () => {
    expect(named(evaluation, "moved").resource).toMatchObject({
      deletedWith: urn("demo:index:Thing", "plain"),
      replaceOnChanges: ["text"],
      deleteBeforeReplace: true,
      customTimeouts: { create: "5m" },
      additionalSecretOutputs: ["made"],
    });
    expect(named(evaluation, "moved").resource.dependencies).toEqual([urn("demo:index:Thing", "own-transform")]);
    expect(named(evaluation, "untouched").resource.deleteBeforeReplace).toBeUndefined();
  });

  it("keeps assets, archives and references apart from plain values", () => {
    const { text, folder } = named(evaluation, "files").resource.inputs;
    expect(text).toEqual(new Asset({ text: "hello" }));
    expect(folder).toEqual(new Archive({ path: "./files" }));
    expect(named(evaluation, "untouched").resource.inputs.reference).toEqual(new ResourceReference(urn("demo:index:Thing", "plain"), unknown));
    expect(named(evaluation, "untouched").resource.inputs.group).toEqual(new ResourceReference(urn("demo:index:Group", "group")));
  });

  it("reports a remote component as opaque, with its place, and flattens its output values", () => {
    const box = named(evaluation, "box").resource;
    expect(box.remote).toBe(true);
    expect(box.inputs.input).toBe(unknown);
    expect((box.inputs.nested as { deep: Secret }).deep).toBeInstanceOf(Secret);
    expect(box.propertyDependencies).toEqual({ input: [urn("demo:index:Thing", "plain")], nested: [urn("demo:index:Thing", "plain")] });
    const opaque = evaluation.approximations.find(({ kind }) => kind === "opaque-component");
    expect(opaque?.concerns).toEqual([expect.stringMatching(/::box \(index\.ts:\d+:\d+\)$/)]);
  });

  it("merges configuration and hides what is encrypted", () => {
    expect(evaluation.outputs.plain).toBe("visible");
    expect(evaluation.outputs.settings).toBeInstanceOf(Secret);
    expect(evaluation.config.placeholders).toEqual(["shapes:settings"]);
    expect(JSON.parse(evaluation.config.values["shapes:settings"] ?? "")).toEqual({ size: 3, key: "secret-placeholder:shapes:settings.key" });
  });
});
