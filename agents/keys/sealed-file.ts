import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from "node:crypto";
import { z } from "zod";
import { KeyFileError, parseKeyFile } from "../gate/key";

/**
 * A validator key at rest: JSON that names its format, the public key in clear and the private text under a passphrase
 * (scrypt, then AES-256-GCM with everything in clear as authenticated data). RFC 7914 for scrypt's parameters: 2^17, 8, 1 take 128 MiB and
 * about half a second.
 */
const format = "chainstead-validator-key";
const version = 1;
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
/** Guards against a file that asks for more memory than the machine has. */
const highestCost = 2 ** 20;
const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
/** Short passphrases make any key derivation pointless. */
const shortestPassphrase = 12;

const base64 = z.string().regex(/^[A-Za-z0-9+/]+=*$/);
const schema = z.object({
  format: z.literal(format),
  version: z.literal(version),
  publicKey: base64,
  address: z.string(),
  kdf: z.object({ name: z.literal("scrypt"), N: z.number().int().min(2 ** 14).max(highestCost), r: z.number().int().min(1).max(16), p: z.number().int().min(1).max(4), salt: base64 }),
  cipher: z.object({ name: z.literal("aes-256-gcm"), nonce: base64 }),
  ciphertext: base64,
});
type SealedFile = z.infer<typeof schema>;

/** @param keyText CometBFT's priv_validator_key.json. @throws KeyFileError without ever showing the key */
export async function sealKey(keyText: string, passphrase: string): Promise<string> {
  const key = parseKeyFile(keyText, "the key to seal");
  if (passphrase.length < shortestPassphrase) throw new KeyFileError(`the passphrase has ${passphrase.length} characters; it needs at least ${shortestPassphrase}`);
  const header: Omit<SealedFile, "ciphertext"> = {
    format,
    version,
    publicKey: key.publicKey.toString("base64"),
    address: key.address,
    kdf: { name: "scrypt", ...cost, salt: randomBytes(saltBytes).toString("base64") },
    cipher: { name: "aes-256-gcm", nonce: randomBytes(nonceBytes).toString("base64") },
  };
  const derived = await derive(passphrase, header.kdf);
  const cipher = createCipheriv("aes-256-gcm", derived, Buffer.from(header.cipher.nonce, "base64"));
  cipher.setAAD(authenticated(header));
  const ciphertext = Buffer.concat([cipher.update(keyText, "utf8"), cipher.final(), cipher.getAuthTag()]);
  derived.fill(0);
  return `${JSON.stringify({ ...header, ciphertext: ciphertext.toString("base64") }, null, 2)}\n`;
}

/** @returns the text of priv_validator_key.json. @throws KeyFileError for another file, a changed one or a wrong passphrase */
export async function openKey(sealedText: string, passphrase: string, path: string): Promise<string> {
  const file = parseSealed(sealedText, path);
  const derived = await derive(passphrase, file.kdf);
  const bytes = Buffer.from(file.ciphertext, "base64");
  const decipher = createDecipheriv("aes-256-gcm", derived, Buffer.from(file.cipher.nonce, "base64"));
  decipher.setAAD(authenticated(file));
  let text: string;
  try {
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    text = Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - tagBytes)), decipher.final()]).toString("utf8");
  } catch {
    throw new KeyFileError(`${path} cannot be opened: the passphrase is another one, or the file was changed`);
  } finally {
    derived.fill(0);
  }
  const key = parseKeyFile(text, path);
  if (key.publicKey.toString("base64") !== file.publicKey) throw new KeyFileError(`${path} holds another key than its public key says; seal the key again`);
  return text;
}

function parseSealed(text: string, path: string): SealedFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is no sealed key: it is not JSON. Make one with \`chainstead keys encrypt\``);
  }
  if (typeof value === "object" && value !== null && "priv_key" in value) throw new KeyFileError(`${path} is an unencrypted priv_validator_key.json; seal it first with \`chainstead keys encrypt\``);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KeyFileError(`${path} is no sealed key of version ${version}: ${parsed.error.issues.map((issue) => `${issue.path.join(".") || "the whole"} ${issue.message}`).join("; ")}`);
}

function authenticated(file: Omit<SealedFile, "ciphertext">): Buffer {
  const { kdf, cipher } = file;
  return Buffer.from(JSON.stringify([file.format, file.version, file.publicKey, file.address, kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt, cipher.name, cipher.nonce]));
}

function derive(passphrase: string, kdf: SealedFile["kdf"]): Promise<Buffer> {
  const options: ScryptOptions = { N: kdf.N, r: kdf.r, p: kdf.p, maxmem: 256 * kdf.N * kdf.r };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.from(kdf.salt, "base64"), keyBytes, options, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
}
