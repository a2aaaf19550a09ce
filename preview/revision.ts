import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Another revision of the project, checked out beside this one. */
export interface Checkout {
  /** Folder of its Pulumi.yaml. */
  readonly root: string;
  /** The commit, abbreviated. */
  readonly commit: string;
  /** Removes the checkout. Also runs by itself when the process ends. */
  readonly remove: () => void;
}

/**
 * Checks out `revision` into a folder of its own under the system's temporary folder. The installed packages are shared when both
 * revisions lock the same ones; otherwise they are installed for that revision.
 * @throws Error when there is no such revision, or its packages cannot be installed
 */
export async function checkOut(root: string, revision: string, say: (line: string) => void, signal?: AbortSignal): Promise<Checkout> {
  const commit = git(root, ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  if (!commit) throw new Error(`"${revision}" is neither a file nor a revision of the repository in ${root}. Give a branch, tag or commit (git log), or a file from pulumi stack export or --json.`);
  // The project may lie below the repository's top.
  const prefix = git(root, ["rev-parse", "--show-prefix"]) ?? "";
  const folder = mkdtempSync(join(tmpdir(), "chainstead-preview-"));
  const tree = join(folder, "tree");
  const remove = (): void => {
    process.removeListener("exit", remove);
    if (existsSync(tree)) spawnSync("git", ["-C", root, "worktree", "remove", "--force", tree], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
    spawnSync("git", ["-C", root, "worktree", "prune"], { stdio: "ignore" });
  };
  process.once("exit", remove);
  try {
    const added = spawnSync("git", ["-C", root, "worktree", "add", "--detach", "--quiet", tree, commit], { encoding: "utf8" });
    if (added.status !== 0) throw new Error(`git could not check out ${revision}: ${added.stderr.trim()}`);
    const project = join(tree, prefix);
    if (!existsSync(join(project, "Pulumi.yaml"))) throw new Error(`${revision} has no ${join(prefix, "Pulumi.yaml")}: there is nothing to compare with.`);
    await providePackages(root, project, revision, say, signal);
    return { root: project, commit: commit.slice(0, 12), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function providePackages(root: string, project: string, revision: string, say: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const lock = (folder: string): string => (existsSync(join(folder, "package-lock.json")) ? readFileSync(join(folder, "package-lock.json"), "utf8") : "");
  const installed = nearestPackages(root);
  if (lock(root) === lock(project) && installed) {
    if (!existsSync(join(project, "node_modules"))) symlinkSync(installed, join(project, "node_modules"), "dir");
    return;
  }
  say(`${revision} locks other packages; installing them for the comparison.`);
  await new Promise<void>((resolve, reject) => {
    const npm = spawn("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: project, stdio: ["ignore", "ignore", "pipe"], ...(signal ? { signal } : {}) });
    const lines: string[] = [];
    npm.stderr.setEncoding("utf8").on("data", (chunk: string) => lines.push(chunk));
    npm.once("error", (error) => reject(new Error(`npm could not be started: ${error.message}`)));
    npm.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${revision} locks other packages than are installed, and npm ci failed (${code}): ${lines.join("").trim().split("\n").slice(0, 4).join(" ")}. Compare with an exported state or an earlier --json instead.`))));
  });
}

/** The node_modules that a program in this folder would find first. */
function nearestPackages(folder: string): string | undefined {
  for (let current = folder; ; current = join(current, "..")) {
    if (existsSync(join(current, "node_modules"))) return join(current, "node_modules");
    if (join(current, "..") === current) return undefined;
  }
}

function git(root: string, words: readonly string[]): string | undefined {
  const result = spawnSync("git", ["-C", root, ...words], { encoding: "utf8" });
  if (result.error) throw new Error(`git could not be started: ${result.error.message}`);
  return result.status === 0 ? result.stdout.trim() : undefined;
}
