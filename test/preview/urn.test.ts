import { resolveAliases } from "../../preview/aliases";
import { newUrn, packageOf, parseProviderReference, parseUrn } from "../../preview/urn";

const stack = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s";
const a = "urn:pulumi:s::p::m:i:A::a";
const b = "urn:pulumi:s::p::m:i:A$m:i:B::b";

describe("URNs", () => {
  it.each([
    [undefined, "urn:pulumi:s::p::m:i:R::r"],
    [stack, "urn:pulumi:s::p::m:i:R::r"],
    [a, "urn:pulumi:s::p::m:i:A$m:i:R::r"],
    [b, "urn:pulumi:s::p::m:i:A$m:i:B$m:i:R::r"],
  ])("below %s", (parent, expected) => {
    expect(newUrn("s", "p", parent, "m:i:R", "r")).toBe(expected);
  });

  it("are taken apart again, names with :: included", () => {
    expect(parseUrn(`${b}::and::more`)).toEqual({ stack: "s", project: "p", qualifiedType: "m:i:A$m:i:B", type: "m:i:B", name: "b::and::more" });
    expect(() => parseUrn("b")).toThrow('"b" is no resource URN');
  });

  it("name packages and providers", () => {
    expect(packageOf("aws:ec2/vpc:Vpc")).toBe("aws");
    expect(packageOf("pulumi:providers:vault")).toBe("vault");
    expect(parseProviderReference(`${a}::id-1`)).toEqual({ urn: a, id: "id-1" });
  });
});

describe("aliases", () => {
  const self = { stack: "s", project: "p", type: "m:i:R", name: "b-role", parent: b };

  it("follow the parent's, in name too", () => {
    expect(resolveAliases(self, [], ["urn:pulumi:s::p::m:i:A$m:i:B::old"])).toEqual(["urn:pulumi:s::p::m:i:A$m:i:B$m:i:R::old-role"]);
  });

  it("may say name, type, stack, project, parent or none", () => {
    const urns = resolveAliases(self, [{ name: "n" }, { type: "m:i:T" }, { stack: "t" }, { project: "q" }, { parentUrn: a }, { noParent: true }], []);
    expect(urns).toEqual([
      "urn:pulumi:s::p::m:i:A$m:i:B$m:i:R::n",
      "urn:pulumi:s::p::m:i:A$m:i:B$m:i:T::b-role",
      "urn:pulumi:t::p::m:i:A$m:i:B$m:i:R::b-role",
      "urn:pulumi:s::q::m:i:A$m:i:B$m:i:R::b-role",
      "urn:pulumi:s::p::m:i:A$m:i:R::b-role",
      "urn:pulumi:s::p::m:i:R::b-role",
    ]);
  });

  it("never name the resource itself", () => {
    expect(resolveAliases(self, [{}], [])).toEqual([]);
  });
});
