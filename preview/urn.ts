/** Type of the root of every stack; it never appears in its children's qualified types. */
export const stackType = "pulumi:pulumi:Stack";

export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** Parents' types and its own, joined with `$`. */
  readonly qualifiedType: string;
  /** The last one: the resource's own type token. */
  readonly type: string;
  readonly name: string;
}

/** The engine's rule: the *whole* qualified type of the parent goes in front, except that of the stack itself. */
export function newUrn(stack: string, project: string, parent: string | undefined, type: string, name: string): string {
  const parentType = parent ? parseUrn(parent).qualifiedType : "";
  const qualified = parentType && parentType !== stackType ? `${parentType}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** @throws Error when the text is no URN. The name may itself contain `::`. */
export function parseUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn);
  if (!match) throw new Error(`"${urn}" is no resource URN (urn:pulumi:<stack>::<project>::<type>::<name>).`);
  const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
  return { stack, project, qualifiedType, type: qualifiedType.split("$").pop() ?? "", name };
}

/** The package a type token belongs to: `aws` for `aws:ec2/vpc:Vpc`; for a provider the one it provides. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice("pulumi:providers:".length) : (type.split(":")[0] ?? "");
}

export const isProviderType = (type: string): boolean => type.startsWith("pulumi:providers:");

/** Splits a provider reference `urn::id`. */
export function parseProviderReference(reference: string): { readonly urn: string; readonly id: string } {
  const cut = reference.lastIndexOf("::");
  return { urn: reference.slice(0, cut), id: reference.slice(cut + 2) };
}
