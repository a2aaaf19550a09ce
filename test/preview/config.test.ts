import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseOverrides, readConfig } from "../../preview/config";
import { answerInvoke, answerStackReference, readFixtures } from "../../preview/fixtures";
import { readProject } from "../../preview/project";
import { disabledDefaultProviders } from "../../preview/provider-rules";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "preview-config-"))));
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(root, name), text);

describe("configuration", () => {
  const project = `
name: p
runtime: nodejs
config:
  size: { type: integer, default: 3 }
  token: { type: string, secret: true }
  aws:region: { value: eu-west-1 }
  flag: true
`;

  it("merges the project's defaults, the stack's file and overrides", () => {
    write("Pulumi.yaml", project);
    write("Pulumi.s.yaml", "config:\n  p:token: { secure: v1:xyz }\n  p:list: [1, { secure: v1:abc }]\nenvironment: [team/prod]\n");
    const config = readConfig(readProject(root), "s", parseOverrides(["size=5", "other:k=a=b"]));
    expect(config.values).toEqual({
      "aws:region": "eu-west-1",
      "other:k": "a=b",
      "p:flag": "true",
      "p:list": '[1,"secret-placeholder:p:list[1]"]',
      "p:size": "5",
      "p:token": "secret-placeholder:p:token",
    });
    expect(config.secretKeys).toEqual(["p:list", "p:token"]);
    expect(config.placeholders).toEqual(["p:list", "p:token"]);
    expect(config.environments).toEqual(["team/prod"]);
  });

  it("says what is missing and where to set it", () => {
    write("Pulumi.yaml", project);
    expect(() => readConfig(readProject(root), "s")).toThrow(`Stack 's' is missing configuration 'p:token'. Set it in ${join(root, "Pulumi.s.yaml")} or with -c p:token=VALUE.`);
  });

  it.each([
    ["", "is no project file"],
    ["name: p\nruntime: python\n", "only nodejs programs"],
    ["name: p\nruntime: nodejs\nmain: ../x.ts\n", "outside the project"],
    ["name: p\nruntime: nodejs\nmain: x.ts\n", "does not exist"],
  ])("refuses the project file %j", (text, message) => {
    write("Pulumi.yaml", text);
    expect(() => readProject(root)).toThrow(message);
  });

  it("refuses a folder without a project, a word without =, and a list that is none", () => {
    expect(() => readProject(root)).toThrow("There is no Pulumi.yaml");
    expect(() => parseOverrides(["x"])).toThrow("-c x is no setting");
    expect(() => disabledDefaultProviders("*")).toThrow('it has to be a list of packages, such as ["aws"] or ["*"]');
    expect([...disabledDefaultProviders('["*"]')]).toEqual(["*"]);
  });

  it("runs a file in its own folder and a package in the root, as the CLI does", () => {
    write("index.ts", "");
    write("Pulumi.yaml", "name: p\nruntime: { name: nodejs, options: { typescript: false, nodeargs: --max-old-space-size=1 } }\nmain: index.ts\nstackConfigDir: stacks\n");
    expect(readProject(root)).toMatchObject({ workingDirectory: root, entry: "index.ts", typescript: false, nodeArguments: ["--max-old-space-size=1"], stackConfigFolder: join(root, "stacks") });
    write("Pulumi.yaml", "name: p\nruntime: nodejs\n");
    expect(readProject(root)).toMatchObject({ workingDirectory: root, entry: ".", typescript: true, stackConfigFolder: root });
  });
});

describe("fixtures", () => {
  it("answer by the arguments they name, and say how to declare what is missing", () => {
    write("f.json", '{ "stackReferences": { "base": { "a": 1 } }, "invokes": { "t": [{ "args": { "k": [1] }, "result": { "r": 1 } }, { "result": { "r": 2 } }] } }');
    const fixtures = readFixtures(join(root, "f.json"));
    expect(answerInvoke(fixtures, "t", { k: [1], more: true }, undefined)).toEqual({ r: 1 });
    expect(answerInvoke(fixtures, "t", { k: [2] }, undefined)).toEqual({ r: 2 });
    expect(answerStackReference(fixtures, "org/p/base", undefined)).toEqual({ a: 1 });
    expect(() => answerInvoke(fixtures, "u", {}, "x.ts:1:2")).toThrow(/calls u with \{\} at x\.ts:1:2, and no answer is declared.*f\.json/);
  });

  it("are refused when they are none", () => {
    write("f.json", '{ "invoke": {} }');
    expect(() => readFixtures(join(root, "f.json"))).toThrow(/f\.json is no fixture file/);
    write("f.json", "{");
    expect(() => readFixtures(join(root, "f.json"))).toThrow(/f\.json is no JSON/);
    expect(readFixtures(join(root, "absent.json")).invokes).toEqual({});
  });
});
