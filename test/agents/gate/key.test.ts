import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { decoyKey, fromSeed, KeyHolder, keyWorks, parseKeyFile } from "../../../agents/gate/key";

/** RFC 8032, 7.1, test 1: the seed, its public key and the signature of the empty message. */
const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
const publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

function keyFile(seedBytes: Buffer, pub = fromSeed(seedBytes).publicKey): string {
  const secret = Buffer.concat([seedBytes, fromSeed(seedBytes).publicKey]).toString("base64");
  return JSON.stringify({ address: "", pub_key: { type: "tendermint/PubKeyEd25519", value: pub.toString("base64") }, priv_key: { type: "tendermint/PrivKeyEd25519", value: secret } });
}

const directory = mkdtempSync(join(tmpdir(), "chainstead-key-"));
const path = join(directory, "priv_validator_key.json");
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => rmSync(path, { force: true }));

test("signs as RFC 8032 says", () => {
  const key = parseKeyFile(keyFile(seed), path);
  expect(key.publicKey.toString("hex")).toBe(publicKey);
  expect(key.sign(Buffer.alloc(0)).toString("hex")).toBe(signature);
  expect(keyWorks(key)).toBe(true);
});

test("every decoy is another one", () => {
  expect(decoyKey().publicKey).not.toEqual(decoyKey().publicKey);
  expect(decoyKey().address).toMatch(/^[0-9A-F]{40}$/);
});

test.each([
  ["no JSON", "nonsense", "is not JSON"],
  ["another key type", JSON.stringify({ pub_key: { type: "tendermint/PubKeySecp256k1", value: "" }, priv_key: {} }), "pub_key.type, priv_key.type, priv_key.value"],
  ["halves that do not belong together", keyFile(seed, fromSeed(Buffer.alloc(32, 7)).publicKey), "pub_key does not belong"],
  ["a short key", keyFile(seed).replace(/"value":"[^"]{60,}"/, '"value":"AAAA"'), "priv_key has 3 bytes"],
])("refused without showing it: %s", (_name, text, expected) => {
  let message = "";
  try {
    parseKeyFile(text, path);
  } catch (error) {
    message = inspect(error, { depth: 5 });
  }
  expect(message).toContain(expected);
  expect(message).not.toContain(seed.toString("base64").slice(0, 20));
});

test("the private half cannot be printed", () => {
  const shown = inspect(parseKeyFile(keyFile(seed), path), { depth: 9, showHidden: true }) + JSON.stringify(fromSeed(seed));
  expect(shown).not.toContain(seed.toString("hex"));
  expect(shown).not.toContain(seed.toString("base64").slice(0, 20));
});

describe("the holder of the key", () => {
  test("waits for the file", async () => {
    const holder = new KeyHolder(path);
    await holder.reload();
    expect(holder.problem).toContain("cannot be read (ENOENT)");
    writeFileSync(path, keyFile(seed));
    await holder.reload();
    expect(holder).toMatchObject({ problem: "" });
    expect(holder.key?.publicKey.toString("hex")).toBe(publicKey);
  });

  test("never changes identity silently, and comes back when the file does", async () => {
    const holder = new KeyHolder(path);
    writeFileSync(path, keyFile(seed));
    await holder.reload();
    writeFileSync(path, keyFile(Buffer.alloc(32, 7)));
    await holder.reload();
    expect(holder.problem).toContain("now holds another key");
    expect(holder.key?.publicKey.toString("hex")).toBe(publicKey);
    writeFileSync(path, keyFile(seed));
    await holder.reload();
    expect(holder.problem).toBe("");
  });

  test("a file that is gone for a moment changes nothing; a broken one bars the key", async () => {
    const holder = new KeyHolder(path);
    writeFileSync(path, keyFile(seed));
    await holder.reload();
    rmSync(path);
    await holder.reload();
    expect(holder.problem).toBe("");
    writeFileSync(path, "{");
    await holder.reload();
    expect(holder.problem).toContain("is not JSON");
  });
});
