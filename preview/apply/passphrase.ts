import { createCipheriv, createDecipheriv, createHash, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/**
 * Pulumi's "passphrase" secrets provider, format v1, so that `pulumi stack import` can read our state: a key by PBKDF2-SHA256 with
 * 1,000,000 iterations, values as `v1:<nonce>:<AES-256-GCM ciphertext and tag>`, and a state `v1:<salt>:<encrypted "pulumi">` that tells a wrong
 * passphrase. Source: github.com/pulumi/pulumi sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go.
 */
const iterations = 1_000_000;
const keyBytes = 32;
const saltBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const probe = "pulumi";

export class Passphrase {
  private constructor(
    private readonly key: Buffer,
    /** Goes into `secrets_providers.state.salt`. */
    readonly state: string,
  ) {}

  /** Takes half a second of CPU: the iterations are there to be slow. */
  static async fresh(phrase: string): Promise<Passphrase> {
    const salt = randomBytes(saltBytes);
    const key = await derive(phrase, salt);
    return new Passphrase(key, `v1:${salt.toString("base64")}:${encrypt(key, probe)}`);
  }

  /** @throws when the phrase is not the one the state was written with. */
  static async open(phrase: string, state: string): Promise<Passphrase> {
    const [version, salt, ...rest] = state.split(":");
    if (version !== "v1" || !salt || rest.length !== 3) throw new Error(`The state's secrets provider has an unknown form (${version ?? "none"}:...); only passphrase v1 is understood.`);
    const key = await derive(phrase, Buffer.from(salt, "base64"));
    try {
      if (decrypt(key, rest.join(":")) === probe) return new Passphrase(key, state);
    } catch {
      // A wrong key fails GCM's tag; the message below says what that means.
    }
    throw new Error("The passphrase file does not belong to this state: its secrets cannot be decrypted. Put back the passphrase file that stood beside the state.");
  }

  seal(text: string): string {
    return encrypt(this.key, text);
  }

  unseal(sealed: string): string {
    return decrypt(this.key, sealed);
  }
}

/** Derived once per process and salt, as the engine does: stacks of one folder are read several times in a run. */
const derived = new Map<string, Promise<Buffer>>();

function derive(phrase: string, salt: Buffer): Promise<Buffer> {
  const name = createHash("sha256").update(phrase).update("\0").update(salt).digest("hex");
  const key = derived.get(name) ?? promisify(pbkdf2)(phrase, salt, iterations, keyBytes, "sha256");
  derived.set(name, key);
  return key;
}

function encrypt(key: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

function decrypt(key: Buffer, text: string): string {
  const [version, nonce, sealed] = text.split(":");
  if (version !== "v1" || !nonce || !sealed) throw new Error("not a v1 ciphertext");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - tagBytes)), decipher.final()]).toString("utf8");
}
