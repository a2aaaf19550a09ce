import fc from "fast-check";
import { inspect } from "node:util";
import { annotateSecrets, secretTexts } from "../../preview/secrets";
import { Archive, Asset, hasSecret, hasUnknown, OutputValue, ResourceReference, revealSecrets, Secret, unknown, type PropertyMap, type PropertyValue } from "../../preview/values";
import { flattenOutputs, fromJson, fromJsonMap, fromStruct, toJson, toStruct } from "../../preview/wire/struct";

const key = fc.string({ minLength: 1 }).filter((text) => text !== "4dabf18193072939515e22adb298388d" && text !== "__proto__");
const { value } = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.constant(unknown),
    fc.string().map((text) => new Asset({ text: `t${text}` })),
    fc.string().map((path) => new Archive({ path: `p${path}` })),
    fc.string().map((id) => new ResourceReference("urn:pulumi:s::p::t::n", `i${id}`)),
    tie("value").map((inner) => new Secret(inner)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3 }).map((map) => ({ ...map })),
  ),
}));

describe("values on the wire", () => {
  it("come back as they went", () => {
    fc.assert(
      fc.property(value, (original) => {
        const back = fromStruct(toStruct({ x: original })).x;
        expect(toJson(back ?? null)).toEqual(toJson(original));
      }),
      { numRuns: 200 },
    );
  });

  it("leave out what is undefined", () => {
    expect(fromStruct(toStruct({ a: undefined, b: 1 } as unknown as PropertyMap))).toEqual({ b: 1 });
  });

  it("carry outputs with their dependencies, flattened to what they stand for", () => {
    const { map, dependencies } = flattenOutputs({
      a: new OutputValue("v", false, ["u1"]),
      b: { deep: [new OutputValue(undefined, false, ["u2"])] },
      c: new OutputValue("s", true, []),
    });
    expect(map).toEqual({ a: "v", b: { deep: [unknown] }, c: new Secret("s") });
    expect((map.c as Secret).reveal()).toBe("s");
    expect(Object.fromEntries([...dependencies].map(([name, urns]) => [name, [...urns]]))).toEqual({ a: ["u1"], b: ["u2"] });
  });

  it("refuse a mark they do not know", () => {
    expect(() => fromJson({ "4dabf18193072939515e22adb298388d": "new" })).toThrow("does not know");
  });

  it("read a state's secrets, and leave encrypted ones unknown", () => {
    const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const { clear, dark } = fromJsonMap({ clear: { ...mark, plaintext: '"hello"' }, dark: { ...mark, ciphertext: "AAAB" } });
    expect((clear as Secret).reveal()).toBe("hello");
    expect((dark as Secret).reveal()).toBe(unknown);
  });
});

describe("secrets", () => {
  const secret = new Secret({ password: "s3cr3t-text" });

  it("print as [secret] whichever way", () => {
    for (const text of [`${secret.toString()}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret, { showHidden: true })]) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain("s3cr3t");
    }
  });

  it("are found inside, and revealed only when asked", () => {
    expect(hasSecret({ list: [secret] })).toBe(true);
    expect(hasUnknown(new Secret(unknown))).toBe(true);
    expect(secretTexts({ list: [secret] })).toEqual(["s3cr3t-text"]);
    expect(revealSecrets({ list: [secret] })).toEqual({ list: [{ password: "s3cr3t-text" }] });
  });

  it("stay secret in outputs", () => {
    const outputs = annotateSecrets({ a: "1", b: { c: "2", d: "3" }, e: "4", f: "5" }, { a: new Secret("1"), b: { c: new Secret("2") } }, ["e"]);
    expect(outputs).toEqual({ a: expect.any(Secret), b: { c: expect.any(Secret), d: "3" }, e: expect.any(Secret), f: "5" });
  });
});
