import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { environments, findEnvironment, findStack, stackNames, stacksOf } from "../../stacks";
import { local } from "../../stacks/local";
import { distance, nearest } from "../../stacks/nearest";

const folder = join(__dirname, "../../stacks");

test("an environment's stacks, in the order in which they are brought up", () => {
  expect([...stacksOf(local).keys()]).toEqual(["local-global", "local-a-foundation", "local-b-foundation", "local-a-platform", "local-b-platform", "local-a-chains", "local-b-chains"]);
});

test("a name says environment, region and layer", () => {
  const stack = findStack("staging-aws-eu-central-1-chains");
  expect(stack).toMatchObject({ layer: "chains", environment: { name: "staging-aws" }, region: { name: "eu-central-1" }, peer: { name: "eu-west-1" } });
  expect(findStack("local-b-platform")).toMatchObject({ environment: { name: "local" }, region: { name: "b" }, peer: { name: "a" } });
});

test.each([
  ["local-a-chain", "local-a-chains"],
  ["locl-b-platform", "local-b-platform"],
  ["staging-aws-eu-wst-1-foundation", "staging-aws-eu-west-1-foundation"],
  ["local", "local-global"],
])("a typo, %s, is answered with %s", (name, meant) => {
  expect(() => findStack(name)).toThrow(`There is no stack "${name}". Did you mean`);
  expect(nearest(name, stackNames)).toContain(meant);
});

test("an unknown environment is answered with the nearest ones", () => expect(() => findEnvironment("stagin-aws")).toThrow('no environment "stagin-aws". Did you mean staging-aws'));

test("every stack has its own name", () => expect(new Set(stackNames).size).toBe(environments.length * 7));

test("distance counts edits", () => {
  expect(distance("", "abc")).toBe(3);
  expect(distance("kitten", "sitting")).toBe(3);
  expect(distance("same", "same")).toBe(0);
});

describe("stack files", () => {
  test("each stack has one, and each file has a stack", () => {
    const files = readdirSync(folder).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
    expect(files.map((name) => name.slice("Pulumi.".length, -".yaml".length)).sort()).toEqual([...stackNames].sort());
  });

  test.each(stackNames)("%s switches default providers off and holds no secret in plain text", (name) => {
    const text = readFileSync(join(folder, `Pulumi.${name}.yaml`), "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    expect(config["pulumi:disable-default-providers"]).toEqual(["*"]);
    expect(Object.keys(config).filter((key) => /token|password|secret|key$/i.test(key))).toEqual([]);
  });

  test.each(environments.map((environment) => environment.name))("%s has fixtures", (name) => expect(existsSync(join(folder, "fixtures", `${name}.json`))).toBe(true));
});
