import * as kubernetes from "@pulumi/kubernetes";
import { charts } from "../../../components/charts";
import { Falco, falcoValues } from "../../../components/platform/falco";
import { Priorities } from "../../../components/platform/priorities";
import { Prometheus } from "../../../components/platform/prometheus";
import { Vault } from "../../../components/platform/vault";
import { VaultAccess } from "../../../components/platform/vault-access";
import { images } from "../../../components/versions";
import { Recorder, settled } from "../../support/pulumi-mocks";

const recorder = new Recorder();

beforeAll(async () => {
  await recorder.install();
  const cluster = new kubernetes.Provider("kubernetes-a", { kubeconfig: "{}" });
  const accounts = [{ word: "cosmos-local-node", namespace: "chain-cosmos-local", name: "cosmos-local-node" }];
  new Vault("vault", { region: "eu-west-1", unsealKeyArn: "arn:unseal", roleArn: "arn:role", storageClass: "standard" });
  new Falco("falco", {});
  new Priorities("order", {});
  new Prometheus("prom", {
    instances: [{ chain: "cosmos", network: "testnet" }],
    receivers: { slack: {}, smtp: { smarthost: "mail:587", from: "a@x.test", to: "b@x.test", tls: true } },
    region: "eu-west-1",
    storageClass: "standard",
  });
  new VaultAccess("outside", { kubernetesHost: "https://198.18.0.1:6443", certificateAuthority: "PEM", reviewer: "client", accounts, kubernetesProvider: cluster, protect: false });
  new VaultAccess("inside", { kubernetesHost: "https://kubernetes.default.svc", reviewer: "vault", accounts, kubernetesProvider: cluster, protect: true });
  await settled();
});

type Release = { chart: string; version: string; repositoryOpts: { repo: string }; values: Record<string, never>; skipAwait?: boolean };

test.each([["vault-release", charts.vault], ["falco-release", charts.falco], ["prom-release", charts.prometheus]] as const)("%s is pinned", (name, pin) => {
  expect(recorder.inputsOf<Release>(name)).toMatchObject({ chart: pin.chart, version: pin.version, repositoryOpts: { repo: pin.repository } });
});

test.each(Object.entries(charts))("the version of %s is exact", (_name, pin) => expect(pin.version).toMatch(/^\d+\.\d+\.\d+$/));

describe("Vault", () => {
  const values = (): { server: { image: { repository: string; tag: string }; ha: { replicas: number; raft: { config: string } } } } => recorder.inputsOf<{ values: never }>("vault-release").values;

  test("runs the version that the local environment proves, by digest", () => {
    const { repository, tag } = values().server.image;
    expect(`${repository}:${tag}`).toBe(images.vault.reference);
    expect(tag).toMatch(/^\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
  });

  test("survives the loss of a zone and unseals itself", () => {
    expect(values().server.ha.replicas).toBe(5);
    expect(values().server.ha.raft.config).toContain('kms_key_id = "arn:unseal"');
    expect(values().server.ha.raft.config).not.toContain("tls_disable");
  });

  test("is not waited for: it becomes ready when it is initialised", () => expect(recorder.inputsOf<Release>("vault-release").skipAwait).toBe(true));
});

test("Falco's rules change only by review", () => expect(falcoValues()).toMatchObject({ driver: { kind: "modern_ebpf" }, falcoctl: { artifact: { install: { enabled: false }, follow: { enabled: false } } } }));

test("Prometheus gets the rules, scrape configurations and receivers that the local servers read", () => {
  const { values } = recorder.inputsOf<{ values: { additionalPrometheusRulesMap: { chainstead: { groups: readonly { name: string }[] } }; prometheus: { prometheusSpec: { additionalScrapeConfigs: readonly { job_name: string }[] } }; alertmanager: { config: { receivers: readonly { name: string }[] } } } }>("prom-release");
  expect(values.additionalPrometheusRulesMap.chainstead.groups.map(({ name }) => name)).toEqual(["chainstead.cosmos-testnet"]);
  expect(values.prometheus.prometheusSpec.additionalScrapeConfigs.map((job) => job.job_name)).toContain("chainstead-gate");
  expect(values.alertmanager.config.receivers.map(({ name }) => name)).toEqual(["page", "ticket"]);
});

test("what signs is stronger than what watches", () => {
  const value = (role: string): number => recorder.inputsOf<{ value: number }>(`order-${role}`).value;
  expect(value("producer")).toBeGreaterThan(value("platform"));
});

describe("access to Vault", () => {
  test("keys are kept in versions, so that an import overwrites none", () => expect(recorder.inputsOf("outside-keys")).toMatchObject({ path: "chainstead-keys", type: "kv", options: { version: "2" } }));

  test("a Vault outside of the cluster has the pod's own token reviewed", () => {
    expect(recorder.inputsOf("outside-login-config")).toMatchObject({ backend: "kubernetes", kubernetesHost: "https://198.18.0.1:6443", kubernetesCaCert: "PEM", disableLocalCaJwt: true });
    expect(recorder.inputsOf("outside-review-cosmos-local-node")).toMatchObject({
      roleRef: { name: "system:auth-delegator" },
      subjects: [{ kind: "ServiceAccount", namespace: "chain-cosmos-local", name: "cosmos-local-node" }],
    });
  });

  test("a Vault inside uses its own, and no pod may ask", () => {
    expect(recorder.inputsOf("inside-login-config")).toMatchObject({ disableLocalCaJwt: false });
    expect(recorder.children().filter((child) => child.includes("inside-review"))).toEqual([]);
  });

  test("no reviewer's token is part of the program", () => {
    for (const name of ["inside-login-config", "outside-login-config"]) expect(recorder.inputsOf(name)).not.toHaveProperty("tokenReviewerJwt");
  });
});
