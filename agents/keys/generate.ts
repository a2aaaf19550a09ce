import { randomBytes } from "node:crypto";
import { fromSeed } from "../gate/key";

/** A fresh Ed25519 key as the text of CometBFT's priv_validator_key.json. */
export function generateKey(): string {
  const seed = randomBytes(32);
  const key = fromSeed(seed);
  const text = JSON.stringify(
    {
      address: key.address,
      pub_key: { type: "tendermint/PubKeyEd25519", value: key.publicKey.toString("base64") },
      priv_key: { type: "tendermint/PrivKeyEd25519", value: Buffer.concat([seed, key.publicKey]).toString("base64") },
    },
    null,
    2,
  );
  seed.fill(0);
  return `${text}\n`;
}
