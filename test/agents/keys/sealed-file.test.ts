import { generateKey } from "../../../agents/keys/generate";
import { openKey, sealKey } from "../../../agents/keys/sealed-file";

// Key derivation is slow by intent, and slower on a busy machine.
jest.setTimeout(60_000);

const passphrase = "correct horse battery";

describe("a sealed key", () => {
  const key = generateKey();
  let sealed: string;
  beforeAll(async () => {
    sealed = await sealKey(key, passphrase);
  });

  test("opens to the same text, and shows only the public half", async () => {
    expect(await openKey(sealed, passphrase, "key.enc")).toBe(key);
    const { priv_key, pub_key } = JSON.parse(key) as { priv_key: { value: string }; pub_key: { value: string } };
    expect(sealed).toContain(pub_key.value);
    expect(sealed).not.toContain(priv_key.value.slice(0, 20));
    expect(sealed).not.toContain(Buffer.from(priv_key.value, "base64").subarray(0, 32).toString("hex"));
  });

  test("does not open with another passphrase, nor when any of its fields was changed", async () => {
    await expect(openKey(sealed, "another passphrase", "key.enc")).rejects.toThrow(/key.enc cannot be opened: the passphrase is another one, or the file was changed/);
    const other = JSON.parse(generateKey()) as { pub_key: { value: string }; address: string };
    for (const change of [{ publicKey: other.pub_key.value }, { address: other.address }]) {
      await expect(openKey(JSON.stringify({ ...JSON.parse(sealed), ...change }), passphrase, "key.enc")).rejects.toThrow(/cannot be opened/);
    }
  });

  test.each([
    ["no JSON", "x", /no sealed key: it is not JSON/],
    ["an open key file", generateKey(), /unencrypted priv_validator_key.json; seal it first/],
    ["another version", JSON.stringify({ format: "chainstead-validator-key", version: 2 }), /no sealed key of version 1/],
    ["a cost that would eat the machine", undefined, /kdf.N/],
  ])("refuses %s", async (_name, text, message) => {
    const given = text ?? JSON.stringify({ ...JSON.parse(sealed), kdf: { ...(JSON.parse(sealed) as { kdf: object }).kdf, N: 2 ** 30 } });
    await expect(openKey(given, passphrase, "key.enc")).rejects.toThrow(message);
  });

  test("is not made from a broken key or with a short passphrase", async () => {
    await expect(sealKey("{}", passphrase)).rejects.toThrow(/wrong or missing/);
    await expect(sealKey(key, "short")).rejects.toThrow(/has 5 characters; it needs at least 12/);
  });
});
