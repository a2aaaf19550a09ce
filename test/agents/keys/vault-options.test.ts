import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPassphrase } from "../../../agents/keys/passphrase";
import { vaultsFrom } from "../../../agents/keys/vault-options";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainstead-keys-"));
  writeFileSync(join(folder, "token"), "the-token\n", { mode: 0o600 });
  writeFileSync(join(folder, "empty"), "\n", { mode: 0o600 });
  writeFileSync(join(folder, "open"), "passphrase\n", { mode: 0o644 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vault = ["a=https://a:8200", "b=https://b:8200"];
const tokens = (name: string): string[] => ["a", "b"].map((region) => `${region}=${join(folder, name)}`);

test("addresses and tokens come together by region", () => {
  expect(vaultsFrom({ vault, tokenFile: tokens("token") })).toEqual([
    { region: "a", address: "https://a:8200", token: "the-token" },
    { region: "b", address: "https://b:8200", token: "the-token" },
  ]);
});

test.each([
  [{ vault: ["a=https://a:8200"], tokenFile: [] }, /belongs into both regions/],
  [{ vault, tokenFile: ["a=/none"] }, /ENOENT/],
  [{ vault, tokenFile: [] }, /region a has no token: give --token-file a=<path>/],
  [{ vault: [...vault, "a=https://c:1"], tokenFile: [] }, /--vault names region a twice/],
  [{ vault: ["a", "b=https://b:8200"], tokenFile: [] }, /--vault a: write --vault <region>=<value>/],
  [{ vault: ["a=a:8200", "b=b:8200"], tokenFile: [] }, /has to begin with https/],
  [{ vault, tokenFile: ["c=/x"] }, /names c, but no --vault does/],
])("%j is refused", (options, message) => {
  expect(() => vaultsFrom(options)).toThrow(message);
});

test("an empty token file is named", () => {
  expect(() => vaultsFrom({ vault, tokenFile: tokens("empty") })).toThrow(/token file .*empty of region a is empty/);
});

test("a passphrase file that others may read is refused, and so is an empty one", async () => {
  await expect(readPassphrase(join(folder, "open"), "")).rejects.toThrow(/may be read by others \(mode 644\): chmod 600/);
  await expect(readPassphrase(join(folder, "empty"), "")).rejects.toThrow(/empty first line/);
  expect(await readPassphrase(join(folder, "token"), "")).toBe("the-token");
});
