/** What the entry point refuses, run as the real language host runs it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, type Evaluation } from "../../preview/evaluate";
import { noFixtures } from "../../preview/fixtures";
import { root } from "../support/evaluated";

jest.setTimeout(240_000);

const run = (stack: string, folder = root): Promise<Evaluation> => evaluate({ root: folder, stack, mode: "preview", fixtures: noFixtures("a test") });
const errors = ({ logs }: Evaluation): string => logs.filter((line) => line.severity === "error").map((line) => line.message).join("\n");

test("a stack name with a typo is answered with the nearest names", async () => {
  const evaluation = await run("local-a-chain");
  expect(evaluation.exitCode).not.toBe(0);
  expect(errors(evaluation)).toContain('There is no stack "local-a-chain". Did you mean local-a-chains');
});

describe("with a changed copy of the declarations", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chainstead-infra-"));
    for (const room of ["chains", "components", "infra", "stacks", "Pulumi.yaml", "package.json", "tsconfig.json"]) cpSync(join(root, room), join(folder, room), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("a region that differs from the stack's file is refused", async () => {
    writeFileSync(join(folder, "stacks/Pulumi.staging-aws-eu-west-1-foundation.yaml"), 'config:\n  pulumi:disable-default-providers: ["*"]\n  aws:region: us-east-1\n');
    const evaluation = await run("staging-aws-eu-west-1-foundation", folder);
    expect(evaluation.exitCode).not.toBe(0);
    expect(errors(evaluation)).toContain("says aws:region = us-east-1, but the stack's region is eu-west-1");
    expect(evaluation.resources.filter(({ resource }) => resource.custom)).toEqual([]);
  });

  test("a broken declaration builds nothing, and all its problems are told", async () => {
    const file = join(folder, "stacks/local.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/.*"consul-w1".*\n/, "").replace('preferredRegion: "a"', 'preferredRegion: "c"'));
    const evaluation = await run("local-a-foundation", folder);
    expect(evaluation.exitCode).not.toBe(0);
    expect(errors(evaluation)).toMatch(/problems in the declarations below stacks\/:[\s\S]*fence\.voters = 4[\s\S]*chains\[0\]\.preferredRegion = "c"/);
    expect(evaluation.resources.filter(({ resource }) => resource.custom)).toEqual([]);
  });
});
