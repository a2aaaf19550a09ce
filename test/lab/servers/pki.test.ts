import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { kubeconfigPath, writeKubeconfigs } from "../../../lab/servers/kubeconfig";
import { ensurePki } from "../../../lab/servers/pki";

const state = mkdtempSync(join(tmpdir(), "chainstead-pki-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

test("each region has an authority of its own, whose serving certificate names the API server's address", async () => {
  const pki = await ensurePki(state);
  const ca = new X509Certificate(readFileSync(pki.a.caCert));
  const serving = new X509Certificate(readFileSync(pki.a.servingCert));
  expect(serving.verify(ca.publicKey)).toBe(true);
  expect(serving.verify(new X509Certificate(readFileSync(pki.b.caCert)).publicKey)).toBe(false);
  expect(serving.checkIP("198.18.0.1")).toBe("198.18.0.1");
  expect(serving.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(serving.checkPrivateKey(createPrivateKey(readFileSync(pki.a.servingKey)))).toBe(true);
});

test("everything is private to its owner, and a second call changes nothing", async () => {
  const first = await ensurePki(state);
  const before = readFileSync(first.b.serviceAccountKey, "utf8");
  for (const path of [first.a.servingKey, first.a.serviceAccountKey, first.a.tokenFile]) expect(statSync(path).mode & 0o777).toBe(0o600);
  const second = await ensurePki(state);
  expect(second).toEqual(first);
  expect(readFileSync(second.b.serviceAccountKey, "utf8")).toBe(before);
});

test("tokens differ by user and by region, and the administrator's stands in its kubeconfig", async () => {
  const pki = await ensurePki(state);
  const tokens = [...Object.values(pki.a.tokens), ...Object.values(pki.b.tokens)];
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(tokens.every((token) => /^[0-9a-f]{48}$/.test(token))).toBe(true);
  writeKubeconfigs(state, "b", pki.b);
  const config = parse(readFileSync(kubeconfigPath(state, "b", "admin"), "utf8")) as { "current-context": string; users: { user: { token: string } }[]; clusters: { cluster: { server: string } }[] };
  expect(config["current-context"]).toBe("lab-b");
  expect(config.users[0]?.user.token).toBe(pki.b.tokens.admin);
  expect(config.clusters[0]?.cluster.server).toBe("https://198.18.0.2:6443");
});
