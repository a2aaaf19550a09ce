import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivateFile } from "../servers/private-file";

/** What a stack's resources are a function of, below the checkout. */
const sources = ["chains", "components", "infra", "stacks"];
const files = ["Pulumi.yaml", "package-lock.json"];

/** A hash of the program and its declarations: the same text and the same inputs declare the same resources. */
export function programFingerprint(root: string, inputs: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(inputs));
  const below = sources.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)));
  for (const path of [...below.filter((name) => /\.(ts|json|ya?ml)$/.test(name)), ...files].sort()) hash.update(path).update("\0").update(readFileSync(join(root, path))).update("\0");
  return hash.digest("hex");
}

function path(state: string): string {
  return join(state, "program-applied");
}

/** Was this very program brought to the lab's servers as a whole? */
export function wasApplied(state: string, fingerprint: string): boolean {
  return existsSync(path(state)) && readFileSync(path(state), "utf8") === fingerprint;
}

/** From now on it is not known what the servers hold. */
export function forgetApplied(state: string): void {
  rmSync(path(state), { force: true });
}

export function recordApplied(state: string, fingerprint: string): void {
  writePrivateFile(path(state), fingerprint);
}
