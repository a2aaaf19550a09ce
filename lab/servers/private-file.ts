import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file that only its owner may read (0600, folder 0700), whole or not at all: a lab that is interrupted in the
 * middle must find either the old text or the new one. Leaves the file alone when it already says this.
 *
 * @returns whether the text changed
 */
export function writePrivateFile(path: string, text: string): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === text) {
    chmodSync(path, 0o600);
    return false;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
  return true;
}
