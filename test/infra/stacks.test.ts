/**
 * Rules that hold for every resource of every stack, read off the program's own registrations. It does not prove that a cloud accepts
 * them: no provider is asked.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Evaluation } from "../../preview/evaluate";
import { environments, regionLayers, regionStack, stackNames, stacksOf } from "../../stacks";
import { evaluateAll, root } from "../support/evaluated";
import { graph } from "../support/symmetry";

type Resource = Evaluation["resources"][number]["resource"];

let stacks: ReadonlyMap<string, Evaluation>;

beforeAll(async () => {
  stacks = await evaluateAll();
}, 1_800_000);

function resources(stack: string): readonly Resource[] {
  return stacks.get(stack)!.resources.map(({ resource }) => resource);
}

const isStack = (resource: Resource): boolean => resource.type === "pulumi:pulumi:Stack";
const isReference = (resource: Resource): boolean => resource.type === "pulumi:pulumi:StackReference";
const isProvider = (resource: Resource): boolean => resource.type.startsWith("pulumi:providers:");
const isOurs = (resource: Resource): boolean => resource.type.startsWith("chainstead:");
/** What stands directly below the stack. */
const isTop = (resource: Resource): boolean => resource.parent !== undefined && /::pulumi:pulumi:Stack::/.test(resource.parent);

test.each(stackNames)("%s evaluates", (stack) => {
  const { exitCode, logs } = stacks.get(stack)!;
  expect({ exitCode, errors: logs.filter((line) => line.severity === "error") }).toEqual({ exitCode: 0, errors: [] });
});

test.each(stackNames)("%s: the token of a component says in which file it stands", (stack) => {
  for (const { type } of resources(stack).filter(isOurs)) {
    const [, folder, name] = /^chainstead:([a-z]+):([A-Z][A-Za-z]+)$/.exec(type) ?? [];
    const file = join(root, "components", folder ?? "", `${(name ?? "").replace(/(?<=.)[A-Z]/g, "-$&").toLowerCase()}.ts`);
    expect(existsSync(file) && readFileSync(file, "utf8").includes(`super("${type}"`) ? "" : `${type} should be the class of ${file}`).toBe("");
  }
});

test.each(stackNames)("%s: a child's name starts with its parent's, and only components and providers stand on their own", (stack) => {
  const byUrn = new Map(resources(stack).map((resource) => [resource.urn, resource]));
  for (const resource of resources(stack)) {
    if (isStack(resource)) continue;
    if (isTop(resource)) {
      expect([resource.type, isOurs(resource) || isProvider(resource) || isReference(resource)]).toEqual([resource.type, true]);
    } else {
      const parent = byUrn.get(resource.parent!)!;
      expect(resource.name.startsWith(`${parent.name}-`) ? "" : `${resource.type} ${resource.name} below ${parent.name}`).toBe("");
    }
  }
});

test.each(stackNames)("%s: every resource has a provider that the program made", (stack) => {
  const providers = resources(stack).filter(isProvider).map((resource) => resource.urn);
  for (const resource of resources(stack).filter((each) => each.custom && !isProvider(each) && !isReference(each))) {
    expect([resource.urn, providers.some((urn) => resource.provider?.startsWith(`${urn}::`))]).toEqual([resource.urn, true]);
  }
});

test.each(stackNames)("%s: a Kubernetes provider says which cluster it is, and no provider holds a credential", (stack) => {
  for (const { type, inputs } of resources(stack).filter(isProvider)) {
    if (type === "pulumi:providers:kubernetes") expect(inputs["clusterIdentifier"]).toMatch(/-cluster$/);
    expect(inputs).not.toHaveProperty("token");
    expect(JSON.stringify(inputs)).not.toMatch(/client-key-data|"token"|BEGIN [A-Z ]*PRIVATE KEY/);
  }
});

test.each(stackNames)("%s stays under 500 resources", (stack) => expect(resources(stack).length).toBeLessThan(500));

/** Identity only: it changes when something is added, removed or renamed. UPDATE_EXPECTED=1 writes it anew. */
test.each(stackNames)("%s has the expected resources", (stack) => {
  const byUrn = new Map(resources(stack).map((resource) => [resource.urn, resource.name]));
  const lines = resources(stack).filter((resource) => !isStack(resource)).map(({ type, name, parent }) => `${type}  ${name}  ${byUrn.get(parent!)}`);
  const text = `${lines.sort().join("\n")}\n`;
  const file = join(root, "test/expected", `${stack}.txt`);
  if (process.env["UPDATE_EXPECTED"] === "1") writeFileSync(file, text);
  expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : `(there is no ${file}; UPDATE_EXPECTED=1 writes it)`);
});

describe("both regions are built alike", () => {
  const pairs = environments.flatMap((environment) => regionLayers.map((layer) => [environment, layer] as const));

  test.each(pairs.map(([environment, layer]) => [environment.name, layer, environment] as const))("%s %s", (_name, layer, environment) => {
    const [one, other] = environment.regions.map((region) => graph(resources(regionStack(environment, region, layer)), environment, region));
    expect(one).toEqual(other);
  });
});

test("every stack was looked at", () => expect([...stacks.keys()].sort()).toEqual(environments.flatMap((environment) => [...stacksOf(environment).keys()]).sort()));
