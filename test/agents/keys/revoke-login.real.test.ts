import { askVault, type RegionVault, VaultError } from "../../../agents/keys/region-vault";
import { revokeRegion } from "../../../agents/keys";
import { type ApiServer, startApiServer } from "../../support/api-server";
import { startVault, type VaultServer } from "../../support/quorum-servers";

jest.setTimeout(120_000);

const [instance, namespace, account] = ["cosmos-local", "chain-cosmos-local", "cosmos-local-node"];
let cluster: ApiServer;
let server: VaultServer;
let vault: RegionVault;

beforeAll(async () => {
  [cluster, server] = await Promise.all([startApiServer(), startVault()]);
  vault = { region: "a", address: server.address, token: server.rootToken };
});
afterAll(async () => void (await Promise.all([cluster.stop(), server.stop()])));

/** Logs in as the pod of a chain does: by a service account's token made for Vault. */
async function logIn(role: string): Promise<RegionVault> {
  const { body } = await cluster.call("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, { spec: { audiences: ["vault"] } });
  const jwt = (body["status"] as { token: string }).token;
  const { body: login } = await askVault({ ...vault, token: "" }, "POST", "auth/kubernetes/login", { role, jwt });
  return { ...vault, token: (login as { auth: { client_token: string } }).auth.client_token };
}

test("a revoked region's pods can neither log in nor use what they were given, and another chain's can", async () => {
  await cluster.call("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  await cluster.call("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: account } });
  const subjects = [{ kind: "ServiceAccount", namespace, name: account }];
  await cluster.call("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", { metadata: { name: "review" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" }, subjects });
  await askVault(vault, "POST", "sys/mounts/chainstead-keys", { type: "kv", options: { version: "2" } });
  await askVault(vault, "POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await askVault(vault, "POST", "auth/kubernetes/config", { kubernetes_host: cluster.address, kubernetes_ca_cert: cluster.certificate, disable_local_ca_jwt: true });
  for (const chain of [instance, "other-local"]) {
    await askVault(vault, "POST", `chainstead-keys/data/validators/${chain}`, { data: { priv_validator_key: chain } });
    await askVault(vault, "POST", `sys/policies/acl/chain-${chain}`, { policy: `path "chainstead-keys/data/validators/${chain}" { capabilities = ["read"] }` });
    await askVault(vault, "POST", `auth/kubernetes/role/chain-${chain}`, { bound_service_account_names: [account], bound_service_account_namespaces: [namespace], audience: "vault", token_policies: [`chain-${chain}`] });
  }
  const [pod, other] = [await logIn(`chain-${instance}`), await logIn("chain-other-local")];
  const reads = (as: RegionVault, chain: string): Promise<number | undefined> =>
    askVault(as, "GET", `chainstead-keys/data/validators/${chain}`).then(
      ({ status }) => status,
      (error: unknown) => (error instanceof VaultError ? error.status : undefined),
    );
  expect([await reads(pod, instance), await reads(pod, "other-local"), await reads(other, "other-local")]).toEqual([200, 403, 200]);

  expect(await revokeRegion({ vault, instance })).toMatchObject({ role: true, policy: true, tokens: 1 });
  expect([await reads(pod, instance), await reads(other, "other-local")]).toEqual([403, 200]);
  await expect(logIn(`chain-${instance}`)).rejects.toThrow(/auth\/kubernetes\/login answered 400/);
  // The token itself is gone, not only its policy.
  await expect(askVault(pod, "GET", "auth/token/lookup-self")).rejects.toThrow(/403/);
});
