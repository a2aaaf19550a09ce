import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

/** An Ed25519 key pair as CometBFT writes it: 32 bytes public, 64 bytes private (seed, then public key). */
export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
  /** First 20 bytes of SHA-256 of the public key, as upper-case hexadecimal (validators) or lower case (node ids). */
  readonly address: string;
}

/** PKCS #8 header of an Ed25519 private key (RFC 8410, section 7); the 32 bytes of the seed follow. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key pair whose seed is SHA-256 of a word. Anyone who knows the word has the key: for throw-away networks only. */
export function keyPairOf(word: string): KeyPair {
  const seed = createHash("sha256").update(word).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey, privateKey: Buffer.concat([seed, publicKey]), address: addressOf(publicKey) };
}

/** The validator address of an Ed25519 public key (cometbft crypto/ed25519, `PubKey.Address`). */
export function addressOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicKey).digest("hex").slice(0, 40).toUpperCase();
}

/** The text of `priv_validator_key.json`. */
export function validatorKeyFile(key: KeyPair): string {
  return json({ address: key.address, pub_key: publicKeyJson(key), priv_key: { type: "tendermint/PrivKeyEd25519", value: key.privateKey.toString("base64") } });
}

/** The text of `node_key.json`, which makes the p2p identity. */
export function nodeKeyFile(key: KeyPair): string {
  return json({ priv_key: { type: "tendermint/PrivKeyEd25519", value: key.privateKey.toString("base64") } });
}

/** The id by which peers dial a node: `<id>@<host>:<port>`. */
export function nodeId(key: KeyPair): string {
  return key.address.toLowerCase();
}

export function publicKeyJson(key: KeyPair): { type: string; value: string } {
  return { type: "tendermint/PubKeyEd25519", value: key.publicKey.toString("base64") };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
