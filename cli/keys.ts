import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";

import { generateKey, importKey, openKey, readPassphrase, type RegionVault, renderImport, renderRevoke, renderVerify, revokeRegion, sealKey, vaultsFrom, verifyKey } from "../agents/keys";
import { parseKeyFile } from "../agents/gate/key";
import { regions, vaultAddress } from "../lab/layout";
import { readVaultSecrets, vaultSecretsPath } from "../lab/servers/vault-bootstrap";
import type { Context } from "./context";
import { inLab } from "./inside";

interface Where {
  readonly instance: string;
  readonly vault: string[];
  readonly tokenFile: string[];
  readonly caFile?: string;
  readonly json?: boolean;
}

interface Sealing {
  readonly out: string;
  readonly passphraseFile?: string;
}

export function registerKeys(program: Command, context: Context): void {
  const keys = program.command("keys").description("one validator key in both regions' Vaults, which do not replicate");
  onVaults(keys.command("import"), "put the key of a sealed file into both regions; never overwrites another key")
    .requiredOption("--file <path>", "sealed key, from `keys encrypt` or `keys generate`")
    .option("--passphrase-file <path>", "its first line is the passphrase; mode 0600 (default: asked)")
    .action((options: Where & { file: string; passphraseFile?: string }) =>
      withVaults(context, options, async (vaults) => {
        const passphrase = await readPassphrase(options.passphraseFile, `Passphrase of ${options.file}: `);
        const result = await importKey(vaults, options.instance, await openKey(readFileSync(options.file, "utf8"), passphrase, options.file));
        console.log(options.json ? JSON.stringify(result, undefined, 2) : renderImport(result));
        return result.complete ? 0 : 1;
      }),
    );
  onVaults(keys.command("verify"), "prove that both regions hold the same key, by its public half").action((options: Where) =>
    withVaults(context, options, async (vaults) => {
      const result = await verifyKey(vaults, options.instance);
      console.log(options.json ? JSON.stringify(result, undefined, 2) : renderVerify(result));
      return result.same ? 0 : 1;
    }),
  );
  onVaults(keys.command("revoke"), "take a region's right to read the key: its role, its policy and the tokens given out")
    .requiredOption("--region <name>", "which region")
    .option("--destroy-key", "also remove every version of the key there; refused for the last copy")
    .action((options: Where & { region: string; destroyKey?: boolean }) =>
      withVaults(context, options, async (vaults) => {
        const vault = vaults.find(({ region }) => region === options.region);
        if (vault === undefined) throw new Error(`there is no region "${options.region}": there are ${vaults.map(({ region }) => region).join(" and ")}`);
        const peer = vaults.find(({ region }) => region !== options.region);
        const result = await revokeRegion({ vault, peer, instance: options.instance, destroyKey: options.destroyKey });
        console.log(options.json ? JSON.stringify(result, undefined, 2) : renderRevoke(result));
        return 0;
      }),
    );
  sealing(keys.command("encrypt").description("seal a priv_validator_key.json under a passphrase"))
    .requiredOption("--in <path>", "CometBFT's priv_validator_key.json")
    .action((options: Sealing & { in: string }) => seal(readFileSync(options.in, "utf8"), options));
  sealing(keys.command("generate").description("make a new key; it is only ever written sealed")).action((options: Sealing) => seal(generateKey(), options));
}

function onVaults(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption("--instance <name>", "chain and network, such as cosmos-local")
    .option("--vault <region=address...>", "a region's Vault, one for each region (default: the lab's)", [])
    .option("--token-file <region=path...>", "file with a token for that Vault, one for each region", [])
    .option("--ca-file <path>", "PEM of the authority that signed their certificates (default: the system's)")
    .option("--json", "for programs");
}

function sealing(command: Command): Command {
  return command.requiredOption("--out <path>", "where the sealed key goes; must not exist").option("--passphrase-file <path>", "its first line is the passphrase; mode 0600 (default: asked)");
}

async function seal(keyText: string, { out, passphraseFile }: Sealing): Promise<void> {
  if (existsSync(out)) throw new Error(`${out} exists already; a key is never overwritten`);
  const passphrase = await readPassphrase(passphraseFile, "New passphrase: ");
  if (passphraseFile === undefined && (await readPassphrase(undefined, "Once more: ")) !== passphrase) throw new Error("the two passphrases differ");
  writeFileSync(out, await sealKey(keyText, passphrase), { mode: 0o600, flag: "wx" });
  const key = parseKeyFile(keyText, "the key");
  console.log(`${out}: key ${key.address} (public key ${key.publicKey.toString("base64")})`);
}

/** With addresses given, from here; else on the lab's Vaults, from inside of it. */
function withVaults(context: Context, options: Where, work: (vaults: readonly RegionVault[]) => Promise<number>): Promise<void> {
  if (options.vault.length > 0) {
    return work(vaultsFrom(options)).then((code) => {
      process.exitCode = code;
    });
  }
  return inLab(context, () => work(labVaults(context)));
}

function labVaults(context: Context): RegionVault[] {
  return regions.map((region) => {
    const secrets = readVaultSecrets(context.state, region);
    if (secrets === undefined) throw new Error(`the lab has no token for the Vault of region ${region} (${vaultSecretsPath(context.state, region)}): run \`make up\`, or name the Vaults with --vault and --token-file`);
    return { region, address: vaultAddress(region), token: secrets.rootToken };
  });
}
