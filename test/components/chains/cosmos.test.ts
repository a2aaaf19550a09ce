import type * as kubernetes from "@pulumi/kubernetes";
import { Cosmos } from "../../../components/chains";
import { Recorder, settled } from "../../support/pulumi-mocks";
import { placement } from "./placement-fixture";

type StatefulSet = { metadata: { name: string; annotations: Record<string, string> }; spec: { replicas: number; persistentVolumeClaimRetentionPolicy: unknown; template: { spec: kubernetes.types.output.core.v1.PodSpec } } };

/** What the component registers. It does not show that a server accepts it: manifests.real.test.ts does. */
describe("Cosmos", () => {
  const recorder = new Recorder();

  beforeAll(async () => {
    await recorder.install();
    new Cosmos("cosmos-local", { network: "local", settings: {}, placement: placement({ protect: true }) });
    await settled();
  });

  it("registers exactly these resources", () => {
    expect(recorder.children()).toEqual([
      "chainstead:chains:Access cosmos-local-access",
      "chainstead:chains:Cosmos cosmos-local",
      "chainstead:chains:Home cosmos-local-home",
      "chainstead:chains:Node cosmos-local-node",
      "consul:index/keys:Keys cosmos-local-access-facts",
      "kubernetes:apps/v1:StatefulSet cosmos-local-node-workload",
      "kubernetes:core/v1:ConfigMap cosmos-local-node-files",
      "kubernetes:core/v1:ConfigMap cosmos-local-node-gate",
      "kubernetes:core/v1:ConfigMap cosmos-local-node-keys",
      "kubernetes:core/v1:ConfigMap cosmos-local-node-probe",
      "kubernetes:core/v1:Namespace cosmos-local-home-namespace",
      "kubernetes:core/v1:Service cosmos-local-node-headless",
      "kubernetes:core/v1:Service cosmos-local-node-service",
      "kubernetes:core/v1:ServiceAccount cosmos-local-node-account",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy cosmos-local-home-default-deny",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy cosmos-local-node-traffic",
      "kubernetes:policy/v1:PodDisruptionBudget cosmos-local-node-disruption",
      "vault:index/policy:Policy cosmos-local-access-policy",
      "vault:kubernetes/authBackendRole:AuthBackendRole cosmos-local-access-role",
    ]);
  });

  it("hands every child its parent and an explicit provider", () => {
    const leaves = recorder.requests.filter((request) => /-(access|home|node)-/.test(request.name));
    expect(leaves).toHaveLength(15);
    for (const { name, parent, provider } of leaves) {
      expect({ name, parent: parent.split("::").pop() }).toEqual({ name, parent: name.replace(/^(cosmos-local-(?:access|home|node))-.*/, "$1") });
      expect(provider).toMatch(/::(kubernetes|vault|consul)-a::/);
    }
  });

  it("never runs two generations of the producer, and protects what must not go", () => {
    const workload = recorder.requests.find((request) => request.name === "cosmos-local-node-workload");
    expect(workload).toMatchObject({ deleteBeforeReplace: true, protect: true });
    expect(recorder.requests.filter((request) => request.protect).map((request) => request.name).sort()).toEqual([
      "cosmos-local-access-policy",
      "cosmos-local-access-role",
      "cosmos-local-home-namespace",
      "cosmos-local-node-workload",
    ]);
  });

  it("starts keys and gate as native sidecars before the node", () => {
    const { spec, metadata } = recorder.inputsOf<StatefulSet>("cosmos-local-node-workload");
    expect(metadata).toMatchObject({ name: "cosmos-local-node", annotations: { "pulumi.com/skipAwait": "true" } });
    expect(spec).toMatchObject({ replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } });
    const pod = spec.template.spec;
    expect(pod.initContainers.map((c) => [c.name, c.restartPolicy, c.command])).toEqual([
      ["keys", "Always", ["vault", "agent", "-config=/etc/chainstead/keys/agent.hcl"]],
      ["gate", "Always", ["chainstead-agents", "gate", "--config", "/etc/chainstead/gate.json"]],
    ]);
    expect(pod.containers.map((c) => [c.name, c.command])).toEqual([
      ["node", ["cometbft", "start", "--home", "/var/lib/chain"]],
      ["probe", ["chainstead-agents", "probe", "--config", "/etc/chainstead/probe.json"]],
    ]);
  });

  it("gives every container the restricted security context and nobody but the gate the key", () => {
    const pod = recorder.inputsOf<StatefulSet>("cosmos-local-node-workload").spec.template.spec;
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, runAsUser: 1025, runAsGroup: 1025, fsGroup: 1025, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.automountServiceAccountToken).toBe(false);
    const all = [...pod.initContainers, ...pod.containers];
    for (const container of all) {
      expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
      expect(container.image).toMatch(/^[a-z0-9./-]+:[\w.]+@sha256:[0-9a-f]{64}$/);
      expect(container.env ?? []).toEqual([]);
    }
    const mounting = (volume: string): string[] => all.filter((c) => c.volumeMounts.some((mount) => mount.name === volume)).map((c) => c.name);
    expect(mounting("keys")).toEqual(["keys", "gate"]);
    expect(mounting("vault-token")).toEqual(["keys"]);
    expect(mounting("gate-socket")).toEqual(["gate", "node"]);
    expect(pod.volumes.filter((v) => v.emptyDir).map((v) => [v.name, v.emptyDir.medium])).toEqual([
      ["gate-socket", "Memory"],
      ["keys", "Memory"],
    ]);
    expect(pod.volumes.find((v) => v.name === "vault-token")?.projected.sources).toEqual([{ serviceAccountToken: { audience: "vault", expirationSeconds: 3600, path: "token" } }]);
  });

  it("asks the gate for its start by an answer that needs no node, and the node for its life by the gate's advice", () => {
    const pod = recorder.inputsOf<StatefulSet>("cosmos-local-node-workload").spec.template.spec;
    expect(pod.initContainers[1]?.startupProbe?.httpGet?.path).toBe("/status");
    expect(pod.containers[0]?.livenessProbe?.httpGet).toEqual({ path: "/nodez", port: 9470 });
  });

  it("grants one exact service account the one key", () => {
    expect(recorder.inputsOf("cosmos-local-access-policy")).toEqual({ name: "chain-cosmos-local", policy: 'path "chainstead-keys/data/validators/cosmos-local" {\n  capabilities = ["read"]\n}\n' });
    expect(recorder.inputsOf("cosmos-local-access-role")).toMatchObject({ backend: "kubernetes", roleName: "chain-cosmos-local", boundServiceAccountNames: ["cosmos-local-node"], boundServiceAccountNamespaces: ["chain-cosmos-local"], audience: "vault", tokenPolicies: ["chain-cosmos-local"] });
  });

  it("tells the quorum what is declared", () => {
    const { keys } = recorder.inputsOf<{ keys: { path: string; value: string }[] }>("cosmos-local-access-facts");
    expect(keys[0]?.path).toBe("validators/cosmos-local/regions/a");
    expect(JSON.parse(keys[0]?.value ?? "")).toMatchObject({ chainId: "chainstead-local-1", region: "a", peerRegion: "b", preferredRegion: "a", gated: true, timing: { renewMs: 1000, leaseMs: 4000, waitMs: 5000, followMs: 1200 } });
  });
});
