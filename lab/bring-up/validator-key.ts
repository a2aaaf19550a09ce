import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { keyPairOf, validatorKeyFile } from "../../chains/cometbft/keys";
import { vaultAddress, regions } from "../layout";
import { readVaultSecrets } from "../servers/vault-bootstrap";

export async function importValidatorKey(state: string, instance: string): Promise<{ readonly publicKey: string }> {
  const { writePrivateFile } = await import("../servers/private-file");
  const file = join(state, "keys", `${instance}.json`);
  if (!existsSync(file)) writePrivateFile(file, validatorKeyFile(keyPairOf(randomBytes(32).toString("hex"))));
  const text = readFileSync(file, "utf8");
  for (const region of regions) {
    const response = await fetch(`${vaultAddress(region)}/v1/chainstead-keys/data/validators/${instance}`, {
      method: "POST",
      headers: { "x-vault-token": readVaultSecrets(state, region)?.rootToken ?? "" },
      body: JSON.stringify({ data: { priv_validator_key: text } }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
  return { publicKey: z.object({ pub_key: z.object({ value: z.string() }) }).parse(JSON.parse(text)).pub_key.value };
}
