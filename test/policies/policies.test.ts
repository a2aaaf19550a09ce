import * as fs from "node:fs";
import { join } from "node:path";

import type { Policy } from "@pulumi/policy";

import { encryption } from "../../policies/encryption";
import { exempt } from "../../policies/exemptions";
import { policies } from "../../policies/list";
import { defaultDeny, noPublicEndpoint } from "../../policies/network";
import { metadataHopLimit } from "../../policies/nodes";
import { imageByDigest, noSecretInEnvironment, nonRoot } from "../../policies/pods";
import { deleteBeforeReplace, gatePresent, oneProducer, signingStateProtected } from "../../policies/producers";
import { explicitProvider } from "../../policies/providers";
import type { Analyzed } from "../../preview/analyzer/request";
import { Secret, unknown, type PropertyMap } from "../../preview/values";
import { findings, resource } from "../support/policy-pack";

const digest = `ghcr.io/chainstead/cometbft:v1@sha256:${"a".repeat(64)}`;
const statefulSet = "kubernetes:apps/v1:StatefulSet";

/** A producer that every policy accepts; `spec` and `pod` are laid over it. */
function producer(change: { spec?: PropertyMap; pod?: PropertyMap; labels?: PropertyMap; metadata?: PropertyMap } = {}, options: Partial<Analyzed> = {}, type = statefulSet): Analyzed {
  const context = { runAsNonRoot: true, allowPrivilegeEscalation: false };
  const labels = { "app.kubernetes.io/instance": "cosmos-local", "chainstead.dev/region": "a", "chainstead.dev/process": "node", "chainstead.dev/fence": "ledger", ...change.labels };
  const pod = {
    securityContext: { runAsNonRoot: true, runAsUser: 10001 },
    initContainers: [
      { name: "keys", image: digest, restartPolicy: "Always", securityContext: context, volumeMounts: [{ name: "keys", mountPath: "/run/keys" }] },
      { name: "gate", image: digest, restartPolicy: "Always", securityContext: context, volumeMounts: [{ name: "gate", mountPath: "/run/gate" }, { name: "keys", mountPath: "/run/keys" }] },
    ],
    containers: [{ name: "node", image: digest, securityContext: context, volumeMounts: [{ name: "gate", mountPath: "/run/gate" }], env: [{ name: "CMTHOME", value: "/data" }] }],
    volumes: [{ name: "gate", emptyDir: { medium: "Memory" } }, { name: "keys", emptyDir: { medium: "Memory" } }],
    ...change.pod,
  };
  return resource(
    type,
    {
      metadata: { name: "cosmos-local-node", namespace: "chain-cosmos-local", ...change.metadata },
      spec: { replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" }, template: { metadata: { labels }, spec: pod }, ...change.spec },
    },
    { deleteBeforeReplace: true, ...options },
  );
}

const container = (change: PropertyMap): PropertyMap => ({ name: "node", image: digest, securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false }, ...change });
const launchTemplate = (change: PropertyMap): Analyzed =>
  resource("aws:ec2/launchTemplate:LaunchTemplate", { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 }, blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }], ...change });
const eks = (change: PropertyMap): Analyzed =>
  resource("aws:eks/cluster:Cluster", { vpcConfig: { endpointPublicAccess: false, endpointPrivateAccess: true }, encryptionConfig: { resources: ["secrets"], provider: { keyArn: "arn" } }, ...change });
const namespace = resource("kubernetes:core/v1:Namespace", { metadata: { name: "chain-cosmos-local" } });
const denyAll = (spec: PropertyMap = {}): Analyzed =>
  resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", { metadata: { name: "deny", namespace: "chain-cosmos-local" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...spec } });
const kubernetesProvider = (inputs: PropertyMap): Analyzed => resource("pulumi:providers:kubernetes", inputs, { name: "cluster" });
const configMapWith = (provider: string): Analyzed => resource("kubernetes:core/v1:ConfigMap", { data: {} }, { provider: `urn:pulumi:s::chainstead::pulumi:providers:kubernetes::${provider}::id` });
const mount = (protect: boolean, stack?: string): Analyzed => resource("vault:index/mount:Mount", { path: "chainstead-keys" }, { protect }, stack);

interface Case {
  readonly policy: Policy;
  readonly passes: Record<string, Analyzed[]>;
  readonly fails: Record<string, Analyzed[]>;
  /** What an unknown value must lead to: a mandatory finding where a producer is at stake, else the advisory that the policy could not run. */
  readonly unknown: { readonly resources: Analyzed[]; readonly level: "mandatory" | "advisory" };
}

const cases: Case[] = [
  {
    policy: oneProducer,
    passes: { "one StatefulSet": [producer()], "the same chain in two regions": [producer(), producer({ labels: { "chainstead.dev/region": "b" } })], "an unfenced Deployment": [producer({ labels: { "chainstead.dev/fence": "none" }, spec: { replicas: 3 } }, {}, "kubernetes:apps/v1:Deployment")] },
    fails: { "two of one chain": [producer(), producer({}, { name: "other", urn: "urn:pulumi:s::p::t::other" })], "two replicas": [producer({ spec: { replicas: 2 } })], "a Deployment": [producer({}, {}, "kubernetes:apps/v1:Deployment")] },
    unknown: { resources: [producer({ labels: { "chainstead.dev/fence": unknown } })], level: "mandatory" },
  },
  {
    policy: gatePresent,
    passes: { "gate as native sidecar": [producer()], "no ledger fence": [producer({ labels: { "chainstead.dev/fence": "none" }, pod: { initContainers: [] } })] },
    fails: {
      "no gate": [producer({ pod: { initContainers: [] } })],
      "gate as plain init container": [producer({ pod: { initContainers: [container({ name: "gate", volumeMounts: [{ name: "gate", mountPath: "/run/gate" }] })] } })],
      "socket on disk": [producer({ pod: { volumes: [{ name: "gate", emptyDir: {} }] } })],
      "node sees the key": [producer({ pod: { containers: [container({ volumeMounts: [{ name: "keys", mountPath: "/run/keys" }] })] } })],
    },
    unknown: { resources: [producer({ pod: { initContainers: unknown } })], level: "advisory" },
  },
  {
    policy: deleteBeforeReplace,
    passes: { set: [producer()] },
    fails: { "not set": [producer({}, { deleteBeforeReplace: undefined })], "generated name": [producer({ metadata: { name: "" } })] },
    unknown: { resources: [producer({ metadata: { name: unknown } })], level: "advisory" },
  },
  {
    policy: signingStateProtected,
    passes: { retained: [producer()], "protected mount": [mount(true)], "the lab's mount, exempt": [mount(false, "local-a-chains")] },
    fails: { "volumes deleted": [producer({ spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" } } })], "key on disk": [producer({ pod: { volumes: [{ name: "keys", emptyDir: {} }] } })], "mount not protected": [mount(false)] },
    unknown: { resources: [producer({ spec: { persistentVolumeClaimRetentionPolicy: unknown } })], level: "advisory" },
  },
  {
    policy: nonRoot,
    passes: { "user 10001": [producer()] },
    fails: { root: [producer({ pod: { containers: [container({ securityContext: { runAsNonRoot: true, runAsUser: 0, allowPrivilegeEscalation: false } })] } })], escalation: [producer({ pod: { containers: [container({ securityContext: { runAsNonRoot: true } })] } })], "nothing said": [producer({ pod: { securityContext: {}, containers: [container({ securityContext: {} })] } })] },
    unknown: { resources: [producer({ pod: { containers: [container({ securityContext: unknown })] } })], level: "advisory" },
  },
  {
    policy: imageByDigest,
    passes: { digest: [producer()] },
    fails: { "a tag": [producer({ pod: { containers: [container({ image: "ghcr.io/chainstead/cometbft:latest" })] } })], "a short digest": [producer({ pod: { containers: [container({ image: "x@sha256:abc" })] } })] },
    unknown: { resources: [producer({ pod: { containers: [container({ image: unknown })] } })], level: "advisory" },
  },
  {
    policy: noSecretInEnvironment,
    passes: { "a path to a token": [producer({ pod: { containers: [container({ env: [{ name: "VAULT_TOKEN_FILE", value: "/run/token" }, { name: "API_KEY", value: "/run/key" }] })] } })] },
    fails: {
      "a token": [producer({ pod: { containers: [container({ env: [{ name: "VAULT_TOKEN", value: "s.abcdefgh" }] })] } })],
      "a secret reference": [producer({ pod: { containers: [container({ env: [{ name: "X", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] })] } })],
      "a whole secret": [producer({ pod: { containers: [container({ envFrom: [{ secretRef: { name: "s" } }] })] } })],
      "a key under an innocent name": [producer({ pod: { containers: [container({ env: [{ name: "X", value: "-----BEGIN EC PRIVATE KEY-----" }] })] } })],
    },
    unknown: { resources: [producer({ pod: { containers: [container({ env: unknown })] } })], level: "advisory" },
  },
  {
    policy: defaultDeny,
    passes: { closed: [namespace, denyAll()] },
    fails: { open: [namespace], "ingress only": [namespace, denyAll({ policyTypes: ["Ingress"] })], "selects some pods": [namespace, denyAll({ podSelector: { matchLabels: { a: "b" } } })], "lets something out": [namespace, denyAll({ egress: [{}] })] },
    unknown: { resources: [namespace, denyAll({ policyTypes: unknown })], level: "advisory" },
  },
  {
    policy: noPublicEndpoint,
    passes: { "ClusterIP": [resource("kubernetes:core/v1:Service", { spec: { type: "ClusterIP" } })], "declared": [resource("kubernetes:core/v1:Service", { metadata: { annotations: { "chainstead.dev/public-because": "peers dial in" } }, spec: { type: "LoadBalancer" } })], "private cluster": [eks({})] },
    fails: { "LoadBalancer": [resource("kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } })], "public cluster": [eks({ vpcConfig: { endpointPrivateAccess: true } })], "open group": [resource("aws:ec2/securityGroup:SecurityGroup", { ingress: [{ cidrBlocks: ["0.0.0.0/0"] }] })], "open rule": [resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { cidrIpv6: "::/0" })], "public database": [resource("aws:rds/instance:Instance", { publiclyAccessible: true })] },
    unknown: { resources: [eks({ vpcConfig: unknown })], level: "advisory" },
  },
  {
    policy: metadataHopLimit,
    passes: { "one hop": [launchTemplate({})] },
    fails: { "two hops": [launchTemplate({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } })], "old protocol": [launchTemplate({ metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } })], "nothing said": [launchTemplate({ metadataOptions: {} })] },
    unknown: { resources: [launchTemplate({ metadataOptions: unknown })], level: "advisory" },
  },
  {
    policy: encryption,
    passes: { "own key": [eks({})], disk: [launchTemplate({})], volume: [resource("aws:ebs/volume:Volume", { encrypted: true })] },
    fails: { "no key": [eks({ encryptionConfig: { resources: [] } })], "plain disk": [launchTemplate({ blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: {} }] })], "no disk said": [launchTemplate({ blockDeviceMappings: [] })], "plain volume": [resource("aws:ebs/volume:Volume", {})], "plain class": [resource("kubernetes:storage.k8s.io/v1:StorageClass", { provisioner: "ebs.csi.aws.com", parameters: {} })] },
    unknown: { resources: [eks({ encryptionConfig: unknown })], level: "advisory" },
  },
  {
    policy: explicitProvider,
    passes: { named: [kubernetesProvider({ clusterIdentifier: "a" }), configMapWith("cluster")] },
    fails: { "default provider": [configMapWith("default_4_34_2")], "no cluster identifier": [kubernetesProvider({})] },
    unknown: { resources: [kubernetesProvider({ clusterIdentifier: unknown })], level: "advisory" },
  },
];

describe.each(cases.map((c) => [c.policy.name, c] as const))("%s", (_name, { policy, passes, fails, unknown: undecided }) => {
  test.each(Object.entries(passes))("accepts: %s", async (_what, resources) => {
    expect(await findings([policy], resources)).toEqual([]);
  });

  test.each(Object.entries(fails))("refuses: %s", async (_what, resources) => {
    const found = await findings([policy], resources);
    expect(found.map((f) => f.level)).toContain("mandatory");
    expect(found.every((f) => f.message.length > 20)).toBe(true);
  });

  test("an unknown value is never silently accepted", async () => {
    const found = await findings([policy], undecided.resources);
    expect(found.map((f) => f.level)).toContain(undecided.level);
  });
});

describe("the pack", () => {
  test("lists every exported policy, each with its cases here", () => {
    const folder = join(__dirname, "..", "..", "policies");
    const exported = fs.readdirSync(folder).filter((f) => f.endsWith(".ts")).flatMap((f) => [...fs.readFileSync(join(folder, f), "utf8").matchAll(/name: "([a-z-]+)",\n\s+description:/g)].map((m) => m[1]));
    expect(policies.map((p) => p.name).sort()).toEqual([...exported].sort());
    expect(cases.map((c) => c.policy.name).sort()).toEqual([...exported].sort());
  });

  test("a finding never shows the value of a variable", async () => {
    const found = await findings([noSecretInEnvironment], [producer({ pod: { containers: [container({ env: [{ name: "TOKEN", value: new Secret("hunter2-hunter2") }] })] } })]);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  test("an exemption ends on its day and covers its stack only", () => {
    const list = [{ policy: "p", stack: /^local-/, reason: "test", until: "2030-01-01" }];
    const urn = (stack: string): string => `urn:pulumi:${stack}::chainstead::t::n`;
    expect(exempt("p", urn("local-a-chains"), new Date("2029-12-31T23:59:59Z"), list)).toBe(true);
    expect(exempt("p", urn("local-a-chains"), new Date("2030-01-01T00:00:00Z"), list)).toBe(false);
    expect(exempt("p", urn("production-aws-global"), new Date("2029-01-01"), list)).toBe(false);
    expect(exempt("q", urn("local-a-chains"), new Date("2029-01-01"), list)).toBe(false);
  });
});
