import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Applied, applyStack, destroyStack } from "../../../preview/apply/command";
import { HttpClient, type Reply } from "../../../preview/apply/providers/http";
import { type Server, startConsul, startVault, type VaultServer } from "../../support/quorum-servers";
import type { Declaration } from "./program/declaration";

jest.setTimeout(120_000);

let consul: Server;
let vault: VaultServer;
let folder: string;
const stack = "test";

beforeAll(async () => {
  [consul, vault] = await Promise.all([startConsul(), startVault()]);
  folder = mkdtempSync(join(tmpdir(), "chainstead-apply-"));
});
afterAll(async () => {
  await Promise.all([consul.stop(), vault.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const apply = (declare: readonly Declaration[]): Promise<Applied> =>
  applyStack({ root: join(__dirname, "program"), stack, stateDir: folder, config: { declare: JSON.stringify(declare), consul: consul.address, vault: vault.address, vaultToken: vault.rootToken } });
async function ask(server: Server, path: string): Promise<Reply> {
  const http = new HttpClient({ address: server.address, headers: () => ({ "x-vault-token": vault.rootToken }) });
  return http.call({ method: "GET", path }).finally(() => http.close());
}
const key = async (path: string): Promise<string | undefined> => {
  const reply = await ask(consul, `/v1/kv/${path}?raw`);
  return reply.status === 200 ? reply.text : undefined;
};
const data = async (path: string): Promise<unknown> => ((await ask(vault, `/v1/${path}`)).body as { data?: unknown } | undefined)?.data;

test("Consul keys: written, changed, dropped and kept as their `delete` says", async () => {
  const keys = (...list: object[]): Declaration => ({ kind: "Keys", name: "facts", args: { keys: list } });
  const prefix = (subkeys: Record<string, string>): Declaration => ({ kind: "KeyPrefix", name: "tree", args: { pathPrefix: "tree/", subkeys } });
  await apply([keys({ path: "v/a", value: "1", delete: true }, { path: "v/kept", value: "k" }), prefix({ one: "1", "two/deep": "2" })]);
  expect(await Promise.all(["v/a", "v/kept", "tree/one", "tree/two/deep"].map(key))).toEqual(["1", "k", "1", "2"]);
  const changed = await apply([keys({ path: "v/a b", value: "3", delete: true }, { path: "v/kept", value: "k" }), prefix({ one: "9" })]);
  expect(changed.summary).toMatchObject({ create: 0, update: 2, replace: 0 });
  expect(await Promise.all(["v/a", "v/a%20b", "tree/one", "tree/two/deep"].map(key))).toEqual([undefined, "3", "9", undefined]);
  expect((await apply([keys({ path: "v/a b", value: "3", delete: true }, { path: "v/kept", value: "k" }), prefix({ one: "9" })])).summary).toMatchObject({ update: 0, same: 5 });
  await apply([]);
  expect(await Promise.all(["v/a%20b", "v/kept", "tree/one"].map(key))).toEqual([undefined, "k", undefined]);
});

const policy = 'path "chainstead-keys/data/validators/cosmos-local" { capabilities = ["read"] }';
const grants = (role: object, more: readonly Declaration[] = []): Declaration[] => [
  { kind: "Mount", name: "keys", args: { path: "chainstead-keys", type: "kv", options: { version: "2" }, description: "validator keys" } },
  { kind: "AuthBackend", name: "kubernetes", args: { type: "kubernetes" } },
  { kind: "AuthBackendConfig", name: "config", needs: ["kubernetes"], args: { backend: "kubernetes", kubernetesHost: "https://127.0.0.1:6443", disableLocalCaJwt: true } },
  { kind: "Policy", name: "policy", args: { name: "chain-cosmos-local", policy } },
  {
    kind: "AuthBackendRole",
    name: "role",
    needs: ["kubernetes", "policy"],
    args: { backend: "kubernetes", roleName: "chain-cosmos-local", boundServiceAccountNames: ["cosmos-local-node"], boundServiceAccountNamespaces: ["chain-cosmos-local"], audience: "vault", tokenPolicies: ["chain-cosmos-local"], ...role },
  },
  ...more,
];

test("Vault: what a chain is granted, changed in place, replaced and taken back", async () => {
  const secret: Declaration = { kind: "SecretV2", name: "word", needs: ["keys"], args: { mount: "chainstead-keys", name: "words/one", dataJson: JSON.stringify({ word: "swordfish-1234" }), deleteAllVersions: true } };
  await apply(grants({ tokenTtl: 600, tokenMaxTtl: 1200 }, [secret]));
  expect(await data("auth/kubernetes/role/chain-cosmos-local")).toMatchObject({ bound_service_account_names: ["cosmos-local-node"], audience: "vault", token_policies: ["chain-cosmos-local"], token_ttl: 600, token_max_ttl: 1200 });
  expect(await data("sys/policies/acl/chain-cosmos-local")).toMatchObject({ policy });
  expect(await data("auth/kubernetes/config")).toMatchObject({ kubernetes_host: "https://127.0.0.1:6443", disable_local_ca_jwt: true });
  expect(await data("sys/mounts/chainstead-keys")).toMatchObject({ type: "kv", options: { version: "2" }, description: "validator keys" });
  expect(await data("chainstead-keys/data/words/one")).toMatchObject({ data: { word: "swordfish-1234" }, metadata: { version: 1 } });
  const text = readFileSync(join(folder, `${stack}.json`), "utf8");
  for (const hidden of ["swordfish-1234", vault.rootToken]) expect(text).not.toContain(hidden);

  expect((await apply(grants({ tokenTtl: 600, tokenMaxTtl: 1200 }, [secret]))).summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  // A field that is no longer declared goes back to Vault's default.
  expect((await apply(grants({ tokenTtl: 300 }))).summary).toMatchObject({ update: 1, delete: 1, replace: 0 });
  expect(await data("auth/kubernetes/role/chain-cosmos-local")).toMatchObject({ token_ttl: 300, token_max_ttl: 0 });
  expect((await ask(vault, "/v1/chainstead-keys/metadata/words/one")).status).toBe(404);
  expect((await apply(grants({ tokenTtl: 300, roleName: "other" }))).summary).toMatchObject({ replace: 1 });
  expect(await data("auth/kubernetes/role/chain-cosmos-local")).toBeUndefined();

  await destroyStack({ stack, stateDir: folder });
  expect(await data("sys/mounts/chainstead-keys")).toBeUndefined();
  expect(await data("sys/policies/acl/chain-cosmos-local")).toBeUndefined();
});

test("what cannot be applied is said with the remedy", async () => {
  await expect(apply([{ kind: "Mount", name: "odd", args: { path: "odd", type: "kv", passthroughRequestHeaders: ["x"] } }])).rejects.toThrow(/passthroughRequestHeaders cannot be applied locally \(known: path, type/);
  await expect(apply([{ kind: "SecretV2", name: "broken", args: { mount: "m", name: "n", dataJson: "{swordfish-1234" } }])).rejects.toThrow(/"dataJson" is no JSON object/);
});
