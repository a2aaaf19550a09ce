import { newUrn, parseUrn } from "./urn";

/** An alias as a program writes it: a URN, or what was different before. Absent fields are as they are now. */
export type AliasRequest =
  | { readonly urn: string }
  | { readonly name?: string; readonly type?: string; readonly stack?: string; readonly project?: string; readonly parentUrn?: string; readonly noParent?: boolean };

interface Identity {
  readonly stack: string;
  readonly project: string;
  readonly name: string;
  readonly type: string;
  readonly parent?: string;
}

/**
 * All URNs a resource may have had: its own aliases, and for each alias of its parent what it was called under that one. A child named
 * after its parent (`<parent>-role`) is taken to have followed the parent's name. Mirrors the engine's step generator.
 */
export function resolveAliases(self: Identity, requests: readonly AliasRequest[], parentAliases: readonly string[]): string[] {
  const own = newUrn(self.stack, self.project, self.parent, self.type, self.name);
  const result = new Set<string>();
  const specs = requests.map((request) => ("urn" in request ? request.urn : specUrn(self, request)));
  specs.forEach((urn) => result.add(urn));
  if (self.parent !== undefined) {
    const parentName = parseUrn(self.parent).name;
    for (const parentAlias of parentAliases) {
      result.add(inherited(self.name, self.type, parentName, parentAlias));
      for (const urn of specs) {
        const before = parseUrn(urn);
        result.add(inherited(before.name, before.type, parentName, parentAlias));
      }
    }
  }
  result.delete(own);
  return [...result];
}

function specUrn(self: Identity, spec: Exclude<AliasRequest, { readonly urn: string }>): string {
  const parent = spec.noParent ? undefined : (spec.parentUrn ?? self.parent);
  return newUrn(spec.stack ?? self.stack, spec.project ?? self.project, parent, spec.type ?? self.type, spec.name ?? self.name);
}

function inherited(childName: string, childType: string, parentName: string, parentAlias: string): string {
  const before = parseUrn(parentAlias);
  const name = childName.startsWith(parentName) ? before.name + childName.slice(parentName.length) : childName;
  return newUrn(before.stack, before.project, parentAlias, childType, name);
}
