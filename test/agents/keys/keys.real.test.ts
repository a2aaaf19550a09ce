import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askVault, type RegionVault } from "../../../agents/keys/region-vault";
import { generateKey, importKey, LastCopy, revokeRegion, sealKey, verifyKey } from "../../../agents/keys";
import { startVault, type VaultServer } from "../../support/quorum-servers";

jest.setTimeout(90_000);

const instance = "cosmos-local";
let servers: VaultServer[];
let vaults: [RegionVault, RegionVault];
let folder: string;

beforeAll(async () => {
  servers = await Promise.all([startVault("root-of-a"), startVault("root-of-b")]);
  vaults = servers.map((server, i): RegionVault => ({ region: i === 0 ? "a" : "b", address: server.address, token: server.rootToken })) as [RegionVault, RegionVault];
  folder = mkdtempSync(join(tmpdir(), "chainstead-keys-"));
  for (const vault of vaults) await askVault(vault, "POST", "sys/mounts/chainstead-keys", { type: "kv", options: { version: "2" } });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const vault of vaults) await askVault(vault, "DELETE", `chainstead-keys/metadata/validators/${instance}`);
});

const down = (region: string): RegionVault => ({ region, address: "http://127.0.0.1:1", token: "x" });
const publicKeyOf = (text: string): string => (JSON.parse(text) as { pub_key: { value: string } }).pub_key.value;
const privateKeyOf = (text: string): string => (JSON.parse(text) as { priv_key: { value: string } }).priv_key.value;

test("a key comes into both regions once, and both are seen to hold the same", async () => {
  const key = generateKey();
  expect(await importKey(vaults, instance, key)).toMatchObject({ complete: true, publicKey: publicKeyOf(key), regions: [{ outcome: "written" }, { outcome: "written" }] });
  const again = await importKey(vaults, instance, key);
  expect(again.regions.map((region) => region.outcome)).toEqual(["already there", "already there"]);
  const verified = await verifyKey(vaults, instance);
  expect(verified).toMatchObject({ same: true, regions: [{ state: "held", version: 1, publicKey: publicKeyOf(key) }, { state: "held", version: 1 }] });
  expect(JSON.stringify([again, verified])).not.toContain(privateKeyOf(key));
  const { body } = await askVault(vaults[0], "GET", `chainstead-keys/data/validators/${instance}`);
  expect(body).toMatchObject({ data: { data: { priv_validator_key: key } } });
});

test("another key is never written over, in whichever region it lies", async () => {
  const [mine, other] = [generateKey(), generateKey()];
  await importKey([vaults[1]], instance, other);
  await expect(importKey(vaults, instance, mine)).rejects.toThrow(/nothing was written:\n {2}region b holds/);
  expect((await verifyKey(vaults, instance)).regions).toMatchObject([{ state: "absent" }, { state: "held", publicKey: publicKeyOf(other) }]);
  await askVault(vaults[0], "POST", `chainstead-keys/data/validators/${instance}`, { data: { priv_validator_key: mine } });
  expect((await verifyKey(vaults, instance)).same).toBe(false);
  await expect(importKey(vaults, instance, mine)).rejects.toThrow(/region b holds/);
});

test("an import with one region away is told as half finished, and the same again finishes it", async () => {
  const key = generateKey();
  const half = await importKey([vaults[0], down("b")], instance, key);
  expect(half).toMatchObject({ complete: false, regions: [{ outcome: "written" }, { outcome: "not done", why: expect.stringContaining("no answer") as string }] });
  expect((await verifyKey([vaults[0], down("b")], instance)).same).toBe(false);
  expect(await importKey(vaults, instance, key)).toMatchObject({ complete: true, regions: [{ outcome: "already there" }, { outcome: "written" }] });
});

test("two imports of different keys at the same moment: one key wins everywhere or the difference is told", async () => {
  const keys = [generateKey(), generateKey()];
  const results = await Promise.allSettled(keys.map((key) => importKey(vaults, instance, key)));
  const complete = results.filter((result) => result.status === "fulfilled" && result.value.complete).length;
  expect(complete).toBe((await verifyKey(vaults, instance)).same ? 1 : 0);
  for (const held of (await verifyKey(vaults, instance)).regions) expect(held).toMatchObject({ state: "held", version: 1 });
});

test("a key that does not belong to its public half, or no key at all, is told and never replaced", async () => {
  const broken = JSON.stringify({ ...JSON.parse(generateKey()), pub_key: { type: "tendermint/PubKeyEd25519", value: publicKeyOf(generateKey()) } });
  await askVault(vaults[0], "POST", `chainstead-keys/data/validators/${instance}`, { data: { priv_validator_key: broken } });
  expect((await verifyKey(vaults, instance)).regions[0]).toMatchObject({ state: "broken", why: expect.stringContaining("does not belong") as string });
  await expect(importKey(vaults, instance, generateKey())).rejects.toThrow(/no usable key/);
});

describe("revoking a region", () => {
  const grant = async (vault: RegionVault): Promise<string> => {
    await askVault(vault, "POST", "sys/policies/acl/chain-cosmos-local", { policy: `path "chainstead-keys/data/validators/${instance}" { capabilities = ["read"] }` });
    if ((await askVault(vault, "GET", "sys/auth/kubernetes").catch(() => ({ status: 404 }))).status === 404) await askVault(vault, "POST", "sys/auth/kubernetes", { type: "kubernetes" });
    await askVault(vault, "POST", "auth/kubernetes/role/chain-cosmos-local", { bound_service_account_names: ["cosmos-local-node"], bound_service_account_namespaces: ["chain-cosmos-local"], audience: "vault", token_policies: ["chain-cosmos-local"] });
    // A login needs a cluster; a token of the policy stands for one that was given out.
    const { body } = await askVault(vault, "POST", "auth/token/create", { policies: ["chain-cosmos-local"] });
    return (body as { auth: { client_token: string } }).auth.client_token;
  };

  test("ends logins and what was given out, leaves the other region alone, and can be repeated", async () => {
    await importKey(vaults, instance, generateKey());
    const [ofA, ofB] = [await grant(vaults[0]), await grant(vaults[1])];
    const read = (vault: RegionVault, token: string): Promise<number> => askVault({ ...vault, token }, "GET", `chainstead-keys/data/validators/${instance}`).then(({ status }) => status, (error: { status: number }) => error.status);
    expect([await read(vaults[0], ofA), await read(vaults[1], ofB)]).toEqual([200, 200]);
    expect(await revokeRegion({ vault: vaults[0], instance })).toMatchObject({ region: "a", role: true, policy: true, keyDestroyed: false });
    expect([await read(vaults[0], ofA), await read(vaults[1], ofB)]).toEqual([403, 200]);
    expect(await revokeRegion({ vault: vaults[0], instance })).toMatchObject({ role: false, policy: false, tokens: 0 });
    expect((await verifyKey(vaults, instance)).same).toBe(true);
  });

  test("destroys the key only while the other region has it", async () => {
    const key = generateKey();
    await importKey(vaults, instance, key);
    await expect(revokeRegion({ vault: vaults[0], peer: down("b"), instance, destroyKey: true })).rejects.toThrow(LastCopy);
    expect(await revokeRegion({ vault: vaults[0], peer: vaults[1], instance, destroyKey: true })).toMatchObject({ keyDestroyed: true });
    expect((await verifyKey(vaults, instance)).regions).toMatchObject([{ state: "absent" }, { state: "held" }]);
    await expect(revokeRegion({ vault: vaults[1], peer: vaults[0], instance, destroyKey: true })).rejects.toThrow(/may be the last copy: the other region holds none/);
    expect(await importKey(vaults, instance, key)).toMatchObject({ complete: true, regions: [{ outcome: "written" }, { outcome: "already there" }] });
  });
});

test("the command: sealed file in, public key out, exit code 1 when the regions differ, and no secret on its lines", async () => {
  const key = generateKey();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const passphrase = file("passphrase", "correct horse battery\n");
  const sealed = file("key.enc", await sealKey(key, "correct horse battery"));
  const where = vaults.flatMap((vault) => ["--vault", `${vault.region}=${vault.address}`, "--token-file", `${vault.region}=${file(`token-${vault.region}`, vault.token)}`]);
  const entry = file("entry.ts", `import { Command } from "commander"; import { registerKeys } from "${join(__dirname, "../../../cli/keys")}"; import { contextFrom } from "${join(__dirname, "../../../cli/context")}";
    const program = new Command("chainstead"); registerKeys(program, contextFrom("/none", {})); program.parseAsync(process.argv).catch((error) => { console.error(error.message); process.exit(1); });`);
  const keys = (...argv: string[]): { status: number | null; text: string } => {
    const run = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", entry, "keys", ...argv], { encoding: "utf8", cwd: join(__dirname, "../../.."), env: { ...process.env, TS_NODE_SKIP_IGNORE: "", TS_NODE_PROJECT: join(__dirname, "../../../tsconfig.json"), NODE_PATH: join(__dirname, "../../../node_modules") } });
    const text = run.stdout + run.stderr;
    for (const hidden of [privateKeyOf(key), "root-of-a", "correct horse"]) expect(text).not.toContain(hidden);
    return { status: run.status, text };
  };
  expect(keys("verify", "--instance", instance, ...where)).toMatchObject({ status: 1, text: expect.stringContaining("region a: no key") as string });
  expect(keys("import", "--instance", instance, "--file", sealed, "--passphrase-file", passphrase, ...where)).toMatchObject({ status: 0, text: expect.stringContaining(publicKeyOf(key)) as string });
  expect(keys("verify", "--instance", instance, ...where)).toMatchObject({ status: 0, text: expect.stringContaining("Both regions hold the same key") as string });
  expect(keys("generate", "--out", sealed, "--passphrase-file", passphrase)).toMatchObject({ status: 1, text: expect.stringContaining("exists already") as string });
});
