import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { previewCommand, type PreviewOptions } from "../../preview/command";
import type { PreviewDigest } from "../../preview/render/json";
import { patience, programs } from "./support";

let folder: string;
let root: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "preview-command-"));
  root = join(folder, "project");
  cpSync(join(programs, "shapes"), root, { recursive: true });
  symlinkSync(join(__dirname, "..", "..", "node_modules"), join(root, "node_modules"), "dir");
  writeFileSync(join(root, ".gitignore"), "node_modules\n");
  writeFileSync(join(root, "package-lock.json"), "{}");
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@example.net", "commit", "--quiet", "-m", "before");
  const program = readFileSync(join(root, "index.ts"), "utf8");
  writeFileSync(join(root, "index.ts"), program.replace('new Thing("untouched", {', 'new Thing("untouched", { size: 2,').replace('new Thing("files"', 'new Thing("papers"'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...words: string[]): string {
  const run = spawnSync("git", ["-C", root, ...words], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

async function run(options: Partial<PreviewOptions> = {}): Promise<{ code: number; printed: string; said: string }> {
  const printed: string[] = [];
  const said: string[] = [];
  const code = await previewCommand({
    root,
    target: "test",
    colour: false,
    print: (text) => printed.push(text),
    say: (line) => said.push(line),
    resolve: (word) => ({ stages: [[word]], fixtures: "fixtures.json", whole: false }),
    ...options,
  });
  return { code, printed: printed.join("\n"), said: said.join("\n") };
}

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("chainstead-preview-"));

describe("preview of a project", () => {
  it(
    "against a revision shows what changed, leaves no checkout behind, and writes the comment",
    async () => {
      const before = leftovers();
      const markdown = join(folder, "comment.md");
      const { code, printed } = await run({ against: "HEAD", markdown });
      expect(code).toBe(0);
      expect(printed).toMatch(/Against HEAD \([0-9a-f]{12}\): \+ 1 to create, ~ 1 to update, - 1 to delete/);
      expect(printed).toMatch(/~ demo Thing untouched \(update, replace unknown\)\n.*\+ size: 2/);
      expect(printed).toContain("+ demo Thing papers");
      expect(printed).toContain("- demo Thing files");
      expect(printed).toMatch(/opaque \(index\.ts:\d+:\d+\)/);
      expect(printed).not.toContain("inherited-secret-text");
      const comment = readFileSync(markdown, "utf8");
      expect(comment).toMatch(/\| `test` \| \d+ resources, 2 components \| 1 \| 1 \| 1 \| 0 \|/);
      expect(comment).toContain("+     size: 2");
      expect(leftovers()).toEqual(before);
      expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
    },
    patience,
  );

  it(
    "as JSON has the CLI's shape, and can be compared with later",
    async () => {
      const { printed } = await run({ json: true });
      const digest = JSON.parse(printed) as PreviewDigest;
      expect(digest.changeSummary).toEqual({ create: digest.steps.length });
      expect(digest.duration).toBeGreaterThan(1e6);
      const child = digest.steps.find(({ urn }) => urn.endsWith("::group-child"));
      expect(child?.newState).toMatchObject({ custom: true, type: "demo:index:Thing", protect: true, inputs: { secret: "[secret]", from: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, sourcePosition: expect.stringMatching(/^project:\/\/\/index\.ts#\d+,\d+$/) });
      expect(digest.config["shapes:settings"]).toBe("[secret]");
      const file = join(folder, "digest.json");
      writeFileSync(file, printed);
      const again = JSON.parse((await run({ json: true, against: file })).printed) as PreviewDigest;
      expect(again.changeSummary).toEqual({ same: digest.steps.length });
    },
    patience,
  );

  it(
    "fails on a mandatory finding and shows it, and on a program that fails",
    async () => {
      const finding = { policy: "no-boxes", level: "mandatory" as const, message: "a box is not allowed", stack: "test" };
      const found = await run({ analyze: () => Promise.resolve([finding]) });
      expect(found.code).toBe(1);
      expect(found.printed).toContain("mandatory no-boxes: a box is not allowed");
      const failed = await run({ config: ["plain"] }).catch((error: Error) => error.message);
      expect(failed).toMatch("-c plain is no setting");
    },
    patience,
  );

  it("refuses a revision that is none", async () => {
    await expect(run({ against: "no-such-thing" })).rejects.toThrow(/"no-such-thing" is neither a file nor a revision/);
    expect(existsSync(join(root, "no-such-thing"))).toBe(false);
  });

  it(
    "cleans up when it is interrupted",
    async () => {
      const before = leftovers();
      const interrupt = new AbortController();
      const running = run({ against: "HEAD", signal: interrupt.signal });
      setTimeout(() => interrupt.abort(), 1500);
      await expect(running).rejects.toThrow("interrupted");
      expect(leftovers()).toEqual(before);
      expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
    },
    patience,
  );
});
