import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const configDeclaration = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.unknown()),
  z.object({ type: z.string().optional(), description: z.string().optional(), secret: z.boolean().optional(), default: z.unknown(), value: z.unknown() }).partial(),
]);

const projectFile = z.object({
  name: z.string().min(1),
  runtime: z.union([z.string(), z.object({ name: z.string(), options: z.record(z.string(), z.unknown()).optional() })]),
  main: z.string().optional(),
  stackConfigDir: z.string().optional(),
  config: z.union([z.string(), z.record(z.string(), configDeclaration)]).optional(),
});

export type ConfigDeclaration = z.infer<typeof configDeclaration>;

/** What Pulumi.yaml says, as far as evaluation needs it. */
export interface Project {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  readonly name: string;
  /** Working directory and entry point for the program, by the CLI's own rule. */
  readonly workingDirectory: string;
  readonly entry: string;
  /** False: the program is JavaScript already. */
  readonly typescript: boolean;
  readonly tsconfig?: string;
  /** Arguments for node itself. */
  readonly nodeArguments: readonly string[];
  /** Folder of the Pulumi.<stack>.yaml files. */
  readonly stackConfigFolder: string;
  readonly config: { readonly [key: string]: ConfigDeclaration };
}

/** Reads `<root>/Pulumi.yaml`. @throws Error naming the file and the field that is wrong */
export function readProject(root: string): Project {
  const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(root, name)).find((path) => existsSync(path));
  if (!file) throw new Error(`There is no Pulumi.yaml in ${root}. Give the folder of a Pulumi project.`);
  const parsed = projectFile.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} is no project file: ${parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`).join("; ")}.`);
  const { name, runtime, main, stackConfigDir, config } = parsed.data;
  const runtimeName = typeof runtime === "string" ? runtime : runtime.name;
  if (runtimeName !== "nodejs") throw new Error(`${file} has the runtime ${runtimeName}; only nodejs programs can be evaluated.`);
  const options = typeof runtime === "string" ? {} : (runtime.options ?? {});
  return {
    root,
    name,
    ...entryPoint(root, main),
    typescript: options.typescript !== false,
    ...(typeof options.tsconfig === "string" ? { tsconfig: options.tsconfig } : {}),
    nodeArguments: typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter((word) => word !== "") : [],
    // A string under config is the legacy spelling of stackConfigDir.
    stackConfigFolder: join(root, stackConfigDir ?? (typeof config === "string" ? config : ".")),
    config: typeof config === "object" ? config : {},
  };
}

/**
 * The CLI's rule: the program runs in the folder of `main` (a file) or in `main` (a folder); without `main` in the project's root, where
 * package.json names the entry.
 */
function entryPoint(root: string, main: string | undefined): { readonly workingDirectory: string; readonly entry: string } {
  if (main === undefined) return { workingDirectory: root, entry: "." };
  const path = isAbsolute(main) ? main : join(root, main);
  if (relative(root, path).startsWith("..")) throw new Error(`Pulumi.yaml has main: ${main}, which is outside the project ${root}.`);
  if (!existsSync(path)) throw new Error(`Pulumi.yaml has main: ${main}, but ${path} does not exist.`);
  return statSync(path).isDirectory() ? { workingDirectory: path, entry: "." } : { workingDirectory: dirname(path), entry: basename(path) };
}
