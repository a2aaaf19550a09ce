import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What a property holds, as far as a made-up value needs to know. */
export type OutputType =
  | { readonly kind: "string" | "number" | "boolean" | "map" | "other" }
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "list"; readonly item: OutputType }
  | { readonly kind: "object"; readonly fields: () => ReadonlyMap<string, OutputType> };

/** Required output properties of resource types, read from the type declarations of the installed SDKs. */
export class DeclaredOutputs {
  readonly #types = new Map<string, ReadonlyMap<string, OutputType>>();
  readonly #texts = new Map<string, string>();
  readonly #folders = new Map<string, string | undefined>();

  /** @param root folder whose node_modules hold the SDKs */
  constructor(private readonly root: string) {}

  /** Every property the SDK promises to be there. Empty for a type no installed SDK declares. */
  of(type: string): ReadonlyMap<string, OutputType> {
    const known = this.#types.get(type);
    if (known) return known;
    const folder = this.#folder(type.split(":")[0] ?? "");
    const file = folder && declarationFile(folder, type);
    const outputs = new Map<string, OutputType>();
    if (folder && file) {
      for (const [, name = "", text = ""] of this.#text(file).matchAll(/^ {4}readonly (\w+): pulumi\.Output<([\s\S]*?)>;$/gm)) {
        if (!isOptional(text)) outputs.set(name, this.#parse(folder, text));
      }
    }
    this.#types.set(type, outputs);
    return outputs;
  }

  #parse(folder: string, text: string): OutputType {
    const type = text.trim();
    if (type === "string" || type === "number" || type === "boolean") return { kind: type };
    if (type.endsWith("[]")) return { kind: "list", item: this.#parse(folder, type.slice(0, -2)) };
    if (type.startsWith("{")) return { kind: "map" };
    const literal = /^"(.*)"$/.exec(type);
    if (literal) return { kind: "literal", value: literal[1] ?? "" };
    const nested = /^outputs\.([\w.]+)$/.exec(type);
    if (nested) return { kind: "object", fields: () => this.#nested(folder, nested[1] ?? "") };
    return { kind: "other" };
  }

  /** Fields of an interface in types/output.d.ts, found by namespace path. */
  #nested(folder: string, path: string): ReadonlyMap<string, OutputType> {
    const key = `${folder}#${path}`;
    const known = this.#types.get(key);
    if (known) return known;
    const fields = new Map<string, OutputType>();
    this.#types.set(key, fields);
    const parts = path.split(".");
    const name = parts.pop() ?? "";
    const text = this.#text(join(folder, "types", "output.d.ts"));
    let from = 0;
    for (const part of parts) from = Math.max(from, text.indexOf(`namespace ${part} {`, from));
    const start = text.indexOf(`interface ${name} {`, from);
    if (start < 0) return fields;
    const body = text.slice(start, text.indexOf("\n" + indentBefore(text, start) + "}", start));
    for (const [, field = "", type = ""] of body.matchAll(/^ +(\w+): ([^;{]+);$/gm)) {
      if (!isOptional(type)) fields.set(field, this.#parse(folder, type));
    }
    return fields;
  }

  #folder(pkg: string): string | undefined {
    if (!this.#folders.has(pkg)) {
      let folder: string | undefined;
      try {
        folder = dirname(createRequire(join(this.root, "package.json")).resolve(`@pulumi/${pkg}/package.json`));
      } catch {
        folder = undefined;
      }
      this.#folders.set(pkg, folder);
    }
    return this.#folders.get(pkg);
  }

  #text(file: string): string {
    let text = this.#texts.get(file);
    if (text === undefined) this.#texts.set(file, (text = existsSync(file) ? readFileSync(file, "utf8") : ""));
    return text;
  }
}

/** `aws:ec2/vpc:Vpc` -> ec2/vpc.d.ts; `vault:index/mount:Mount` -> mount.d.ts; `kubernetes:apps/v1:StatefulSet` -> apps/v1/statefulSet.d.ts. */
function declarationFile(folder: string, type: string): string | undefined {
  const [pkg = "", module = "", name = ""] = type.split(":");
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  const group = module.split("/").map((part, index) => (index === 0 ? (part.split(".")[0] ?? part) : part)).join("/");
  const candidates = pkg === "kubernetes" ? [join(group, file)] : [module.replace(/^index\//, ""), join(module.replace(/^index\/?/, ""), file)];
  return candidates.map((path) => join(folder, `${path}.d.ts`)).find((path) => existsSync(path));
}

const isOptional = (type: string): boolean => /\|\s*undefined\s*$/.test(type);

function indentBefore(text: string, position: number): string {
  const lineStart = text.lastIndexOf("\n", position) + 1;
  return /^ */.exec(text.slice(lineStart, position))?.[0] ?? "";
}
