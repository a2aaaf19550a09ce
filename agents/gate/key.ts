import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { validatorAddress } from "./chain-view";

/** A signing key whose private half cannot be printed: Node's key objects show nothing of themselves. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly address: string;
  sign(bytes: Buffer): Buffer;
  verify(bytes: Buffer, signature: Buffer): boolean;
}

/** The file is there but is not a usable key. The message names the problem, never a value. */
export class KeyFileError extends Error {}

const file = z.object({
  pub_key: z.object({ type: z.literal("tendermint/PubKeyEd25519"), value: z.string() }),
  priv_key: z.object({ type: z.literal("tendermint/PrivKeyEd25519"), value: z.string() }),
});

/** DER header of a PKCS#8 Ed25519 private key; the 32 bytes of the seed follow (RFC 8410). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
/** A raw public key is what follows the 12 bytes of an SPKI header. */
const spkiHeaderBytes = 12;

/** @throws KeyFileError */
export function parseKeyFile(text: string, path: string): SigningKey {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is not JSON: it must be CometBFT's priv_validator_key.json`);
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) throw new KeyFileError(`${path}: ${parsed.error.issues.map((i) => i.path.join(".")).join(", ")} wrong or missing; an Ed25519 priv_validator_key.json is needed`);
  const secret = Buffer.from(parsed.data.priv_key.value, "base64");
  try {
    if (secret.length !== 64) throw new KeyFileError(`${path}: priv_key has ${secret.length} bytes, an Ed25519 key has 64`);
    const key = fromSeed(secret.subarray(0, 32));
    if (!key.publicKey.equals(Buffer.from(parsed.data.pub_key.value, "base64"))) throw new KeyFileError(`${path}: pub_key does not belong to priv_key; import the key again`);
    return key;
  } finally {
    secret.fill(0);
  }
}

export function fromSeed(seed: Buffer): SigningKey {
  const der = Buffer.concat([pkcs8, seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return signingKey(privateKey);
}

/** A valid key that no validator set contains: a node that is shown it follows the chain and asks for no signature. */
export function decoyKey(): SigningKey {
  return signingKey(generateKeyPairSync("ed25519").privateKey);
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicObject = createPublicKey(privateKey);
  const publicKey = publicObject.export({ format: "der", type: "spki" }).subarray(spkiHeaderBytes);
  return {
    publicKey,
    address: validatorAddress(publicKey),
    sign: (bytes) => sign(null, bytes, privateKey),
    verify: (bytes, signature) => verify(null, bytes, publicObject, signature),
  };
}

/** Signs a message no chain would ever sign, and checks it. */
export function keyWorks(key: SigningKey): boolean {
  const probe = Buffer.from("chainstead gate self-test, not a consensus message");
  return key.verify(probe, key.sign(probe));
}

/** The key as the gate holds it. Once loaded, only the same identity is accepted again. */
export class KeyHolder {
  key: SigningKey | undefined;
  /** Why there is no usable key; empty when there is one. */
  problem: string;

  constructor(private readonly path: string) {
    this.problem = `${path} has not been rendered yet`;
  }

  /** Reads the file. A missing file after a load changes nothing: a file is missing for a moment whenever it is rendered again. */
  async reload(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if (!this.key) this.problem = `${this.path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"}); the key is rendered there once Vault is unsealed and holds it`;
      return;
    }
    try {
      const read = parseKeyFile(text, this.path);
      if (this.key && !this.key.publicKey.equals(read.publicKey)) {
        this.problem = `${this.path} now holds another key (address ${read.address}, was ${this.key.address}): restore the former one, or restart the gate if the change is meant`;
        return;
      }
      this.key = this.key ?? read;
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof KeyFileError ? error.message : `${this.path} holds no usable key`;
    }
  }
}
