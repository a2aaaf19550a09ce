import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openedKey, validatorKeyPaths } from "../../../lab/bring-up/validator-key";

const state = mkdtempSync(join(tmpdir(), "chainstead-key-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

test("a new lab makes one key, keeps it sealed and private, and opens the same one again", async () => {
  const text = await openedKey(state, "cosmos-local");
  const key = JSON.parse(text) as { priv_key: { value: string } };
  const paths = validatorKeyPaths(state, "cosmos-local");
  expect(readFileSync(paths.sealed, "utf8")).not.toContain(key.priv_key.value);
  for (const path of [paths.sealed, paths.passphrase]) expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await openedKey(state, "cosmos-local")).toBe(text);
  expect(paths.passphrase).toMatch(/LAB-ONLY/);
}, 30_000);
