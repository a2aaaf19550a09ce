import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { freezeSite, run, thawSite } from "../../../lab/sites";
import { RegionControlPlane } from "../../support/region-control-plane";

const entry = `
import { runAgent } from "./lab/agent";
import { siteNetwork } from "./lab/sites";
import { grantLabUsers } from "./lab/servers/api-grants";
const options = JSON.parse(process.argv[2]);
async function main() {
  await grantLabUsers(options.admin);
  await runAgent({ ...options, networks: siteNetwork(options.lab, options.state) });
}
main().catch((error) => { console.error(error); process.exit(1); });
`;

let plane: RegionControlPlane;
let agent: ReturnType<RegionControlPlane["spawn"]>;
let bundle = "";

function startAgent(): void {
  const agents = join(plane.state, "agents.js");
  const options = { lab: plane.lab, region: "a", state: plane.state, admin: plane.kubeconfig("admin"), kubeconfig: plane.kubeconfig("node-agent"), programs: { node: process.execPath, agents } };
  agent = plane.spawn("agent", [process.execPath, bundle, JSON.stringify(options)]);
}

type States = Record<string, { exitCode?: number; reason?: string } | undefined>;

interface PodView {
  metadata: { name: string; uid: string; labels: Record<string, string> };
  status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { name: string; ready: boolean; restartCount: number; state: States; lastState: States }[];
    initContainerStatuses?: { name: string; ready: boolean; restartCount: number; state: Record<string, unknown> }[];
  };
}

const pod = async (name: string): Promise<PodView | undefined> => (await plane.call("GET", `/api/v1/namespaces/default/pods/${name}`).catch(() => undefined)) as PodView | undefined;
const isReady = async (name: string): Promise<boolean> => (await pod(name))?.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
const container = (view: PodView | undefined, name: string) => view?.status.containerStatuses?.find((c) => c.name === name);
const name = "cosmos-node-0";
const logOf = (of: string): string => readFileSync(join(plane.logs, "pods", "a", `default_${name}_${of}.log`), "utf8");

/** Host pid of a container's first process, as the agent wrote it down. */
async function firstProcess(of: string): Promise<number> {
  const file = join(plane.state, "agent/a/pods", String((await pod(name))?.metadata.uid), "pod.json");
  const state = JSON.parse(readFileSync(file, "utf8")) as { containers: { name: string; state: { process?: { pid: number } } }[] };
  return state.containers.find((c) => c.name === of)?.state.process?.pid ?? 0;
}

const inPod = async (...argv: string[]): Promise<string> => run(["nsenter", `--target=${await firstProcess("node")}`, "--all", "--", "setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--", ...argv]);

const image = "ghcr.io/chainstead/agents:test";
const hardened = { runAsUser: 10001, runAsGroup: 10001, runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const sidecar = `
const net = require("net"), fs = require("fs");
fs.rmSync("/run/gate/s.sock", { force: true });
net.createServer((c) => c.end("hello from the sidecar")).listen("/run/gate/s.sock", () => console.log("listening"));
require("http").createServer((q, r) => r.end("ok")).listen(9470);
process.on("SIGTERM", () => { console.log("sidecar ends", Date.now()); process.exit(0); });
`;

const main = `
const net = require("net"), fs = require("fs");
const t = (f) => { try { return f(); } catch (e) { return e.code; } };
console.log(JSON.stringify({
  uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), caps: fs.readFileSync("/proc/self/status", "utf8").match(/CapBnd:\\s*(\\w+)/)[1], nnp: fs.readFileSync("/proc/self/status", "utf8").match(/NoNewPrivs:\\s*(\\w+)/)[1],
  root: t(() => fs.writeFileSync("/x", "")), etc: t(() => fs.writeFileSync("/etc/x", "")), tmp: t(() => fs.writeFileSync("/tmp/x", "")), data: t(() => fs.writeFileSync("/data/x", "x")) ?? "written",
  token: JSON.parse(Buffer.from(fs.readFileSync("/var/run/secrets/vault/token", "utf8").split(".")[1], "base64url")).aud,
  tokenMode: (fs.statSync("/var/run/secrets/vault/token").mode & 0o777).toString(8),
  config: fs.readFileSync("/etc/chainstead/gate.json", "utf8"), secret: process.env.PASSWORD, ip: process.env.POD_IP, expanded: process.argv[1], hostname: require("os").hostname(),
  hosts: fs.readFileSync("/etc/hosts", "utf8"), mounts: fs.readFileSync("/proc/mounts", "utf8").split("\\n").length, ps: fs.readdirSync("/proc").filter((n) => /^[0-9]+$/.test(n)), home: t(() => fs.readdirSync("/root")),
  ls: fs.readdirSync("/"), boots: t(() => { const n = Number(t(() => fs.readFileSync("/data/boots", "utf8"))) || 0; fs.writeFileSync("/data/boots", String(n + 1)); return n + 1; }),
}));
net.connect("/run/gate/s.sock").on("data", (d) => console.log("socket: " + d)).on("error", (e) => console.log("socket: " + e.message));
require("http").createServer((q, r) => { r.statusCode = fs.existsSync("/data/unready") ? 503 : 200; r.end(); }).listen(26657);
setInterval(() => console.log("config: " + fs.readFileSync("/etc/chainstead/gate.json", "utf8")), 500);
process.on("SIGTERM", () => { console.log("main ends", Date.now()); setTimeout(() => process.exit(0), 300); });
`;

function statefulSet() {
  const mounts = [
    { name: "gate-socket", mountPath: "/run/gate" },
    { name: "config", mountPath: "/etc/chainstead", readOnly: true },
    { name: "vault-token", mountPath: "/var/run/secrets/vault", readOnly: true },
  ];
  const labels = { app: "probe-me" };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "cosmos-node", namespace: "default" },
    spec: {
      replicas: 1,
      serviceName: "cosmos",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 10,
          securityContext: { fsGroup: 10001, seccompProfile: { type: "RuntimeDefault" } },
          initContainers: [
            { name: "first", image, command: ["sh", "-c", "echo init; id -u"], securityContext: hardened },
            {
              name: "gate",
              image,
              restartPolicy: "Always",
              command: ["node", "-e", sidecar],
              ports: [{ name: "gate", containerPort: 9470 }],
              startupProbe: { httpGet: { path: "/healthz", port: "gate" }, periodSeconds: 1, failureThreshold: 30 },
              readinessProbe: { exec: { command: ["sh", "-c", "test -S /run/gate/s.sock"] }, periodSeconds: 2 },
              volumeMounts: mounts,
              securityContext: hardened,
            },
          ],
          containers: [
            {
              name: "node",
              image,
              command: ["node", "-e", main],
              args: ["pod=$(POD_IP) $$(NO)"],
              env: [
                { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
                { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "secret", key: "password" } } },
              ],
              ports: [{ name: "rpc", containerPort: 26657 }],
              readinessProbe: { httpGet: { path: "/", port: "rpc" }, periodSeconds: 1, failureThreshold: 1 },
              livenessProbe: { tcpSocket: { port: 26657 }, periodSeconds: 5 },
              volumeMounts: [...mounts, { name: "data", mountPath: "/data" }],
              securityContext: hardened,
            },
          ],
          volumes: [
            { name: "gate-socket", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
            { name: "config", configMap: { name: "config" } },
            { name: "vault-token", projected: { sources: [{ serviceAccountToken: { audience: "vault", expirationSeconds: 600, path: "token" } }] } },
          ],
        },
      },
      volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "local", resources: { requests: { storage: "1Gi" } } } }],
    },
  };
}

describe("the node agent with a real control plane (needs root)", () => {
  jest.setTimeout(120_000);

  beforeAll(async () => {
    plane = await RegionControlPlane.start(`t${process.pid.toString(36)}g`);
    bundle = await plane.bundle("agent", entry);
    await plane.bundle("agents", "console.log(process.argv.slice(2).join(' '))");
    startAgent();
  });
  afterAll(() => plane?.stop(Boolean(process.env.KEEP)));

  it("registers a ready node per zone", async () => {
    const nodes = async () => ((await plane.call("GET", "/api/v1/nodes")).items ?? []) as { metadata: { labels: Record<string, string> }; spec: { taints?: unknown[] } }[];
    await plane.until("three nodes without taints", async () => (await nodes()).filter((n) => !n.spec.taints).length === 3);
    expect((await nodes()).map((n) => n.metadata.labels["topology.kubernetes.io/zone"])).toEqual(["a1", "a2", "a3"]);
  });

  it("runs a StatefulSet with sidecar, memory volume, claim, projected token and probes", async () => {
    await plane.call("POST", "/apis/storage.k8s.io/v1/storageclasses", { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "local" }, provisioner: "chainstead.dev/local", volumeBindingMode: "WaitForFirstConsumer" });
    await plane.call("POST", "/api/v1/namespaces/default/configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" }, data: { "gate.json": "one" } });
    await plane.call("POST", "/api/v1/namespaces/default/secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "secret" }, stringData: { password: "it's $(a) secret\nwith lines" } });
    await plane.call("POST", "/api/v1/namespaces/default/services", { apiVersion: "v1", kind: "Service", metadata: { name: "cosmos" }, spec: { clusterIP: "None", selector: { app: "probe-me" }, ports: [{ port: 26657 }] } });
    await plane.call("POST", "/apis/apps/v1/namespaces/default/statefulsets", statefulSet());
    const seconds = await plane.until("the pod is ready", () => isReady(name));
    console.log(`pod ready ${seconds.toFixed(1)} s after its StatefulSet was created`);
    await plane.until("the main container spoke with the sidecar", () => Promise.resolve(logOf("node").includes("socket: hello from the sidecar")));
    const said = JSON.parse(logOf("node").split("\n")[0] ?? "") as Record<string, unknown>;
    expect(said).toMatchObject({
      uid: 10001,
      gid: 10001,
      groups: [10001],
      caps: "0000000000000000",
      nnp: "1",
      root: "EROFS",
      etc: "EROFS",
      tmp: "EROFS",
      data: "written",
      token: ["vault"],
      tokenMode: "640",
      config: "one",
      secret: "it's $(a) secret\nwith lines",
      expanded: `pod=${said.ip} $(NO)`,
      hostname: name,
      ps: ["1"],
      home: "ENOENT",
      boots: 1,
    });
    expect(logOf("first")).toBe("init\n10001\n");
    const view = await pod(name);
    expect(view?.status).toMatchObject({ phase: "Running", podIP: said.ip });
    expect(view?.status.initContainerStatuses?.map((c) => [c.name, c.ready, Object.keys(c.state)[0]])).toEqual([
      ["first", true, "terminated"],
      ["gate", true, "running"],
    ]);
  });

  it("brings changed configuration and Services to running containers", async () => {
    const patch = { data: { "gate.json": "two" } };
    await plane.call("PATCH", "/api/v1/namespaces/default/configmaps/config", patch, "application/merge-patch+json");
    const seconds = await plane.until("the container reads the new text", () => Promise.resolve(logOf("node").includes("config: two")), 10_000);
    console.log(`ConfigMap seen by the container after ${seconds.toFixed(1)} s`);
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "later" }, spec: { selector: { app: "probe-me" }, ports: [{ port: 26657 }] } };
    await plane.call("POST", "/api/v1/namespaces/default/services", service);
    const { podIP } = (await pod(name))?.status ?? {};
    await plane.until("the hosts file names the new Service", async () => (await inPod("cat", "/etc/hosts")).includes(`${podIP} later.default.svc.cluster.local later.default.svc later.default later\n`), 10_000);
    expect(await inPod("cat", "/etc/hosts")).toContain(`${podIP} cosmos-node-0.cosmos.default.svc.cluster.local cosmos-node-0.cosmos.default.svc cosmos-node-0.cosmos.default cosmos-node-0.cosmos\n`);
  });

  it("starts a killed container anew, alone, and keeps the volumes", async () => {
    process.kill(await firstProcess("node"), "SIGKILL");
    const seconds = await plane.until("the container runs again", async () => container(await pod(name), "node")?.restartCount === 1 && (await isReady(name)), 20_000);
    console.log(`killed container ready again after ${seconds.toFixed(1)} s`);
    expect(logOf("node")).toContain('"boots":2');
    const view = await pod(name);
    expect(container(view, "node")?.lastState).toMatchObject({ terminated: { exitCode: 137 } });
    expect(view?.status.initContainerStatuses?.map((c) => c.restartCount)).toEqual([0, 0]);
  });

  it("takes a pod out of its Services by the readiness probe", async () => {
    await inPod("touch", "/data/unready");
    await plane.until("not ready", async () => !(await isReady(name)), 10_000);
    await inPod("rm", "/data/unready");
    await plane.until("ready again", () => isReady(name), 10_000);
  });

  it("is killed and takes over what runs, without a second start", async () => {
    const before = await firstProcess("node");
    const ended = new Promise((resolve) => agent.once("exit", resolve));
    agent.kill("SIGKILL");
    await ended;
    process.kill(await firstProcess("gate"), "SIGKILL");
    startAgent();
    await plane.until("the sidecar that ended meanwhile runs again", async () => (await pod(name))?.status.initContainerStatuses?.[1]?.restartCount === 1 && (await isReady(name)), 20_000);
    expect(await firstProcess("node")).toBe(before);
    expect(container(await pod(name), "node")?.restartCount).toBe(1);
  });

  it("takes back what the control plane assumed while the site stood still", async () => {
    const unknown = { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] };
    await plane.call("PATCH", "/api/v1/nodes/node-a1/status", { status: unknown }, "application/strategic-merge-patch+json");
    await plane.call("PATCH", `/api/v1/namespaces/default/pods/${name}/status`, { status: { conditions: [{ type: "Ready", status: "False" }] } }, "application/strategic-merge-patch+json");
    const node = async () => (await plane.call("GET", "/api/v1/nodes/node-a1")) as unknown as PodView;
    await plane.until("the node is ready", async () => (await node()).status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false, 5000);
    await plane.until("the pod is ready", () => isReady(name), 5000);
  });

  it("ends when told to, and leaves its pods running", async () => {
    const before = await firstProcess("node");
    const ended = new Promise((resolve) => agent.once("exit", resolve));
    const began = Date.now();
    agent.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(existsSync(`/proc/${before}`)).toBe(true);
    startAgent();
  });

  it("makes the pod anew when its sandbox has ended", async () => {
    const restarts = async (): Promise<number | undefined> => container(await pod(name), "node")?.restartCount;
    const before = (await restarts()) ?? 0;
    const file = join(plane.state, "agent/a/pods", String((await pod(name))?.metadata.uid), "pod.json");
    process.kill((JSON.parse(readFileSync(file, "utf8")) as { sandbox: { pid: number } }).sandbox.pid, "SIGKILL");
    await plane.until("it runs again", async () => (await restarts()) === before + 1 && (await isReady(name)), 40_000);
  });

  it("recovers when the whole site was frozen", async () => {
    const before = await firstProcess("node");
    await freezeSite(plane.network, plane.lab, "a");
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await thawSite(plane.network, plane.lab, "a");
    const patch = { data: { "gate.json": "three" } };
    await plane.until("the API server is back", async () => (await plane.call("PATCH", "/api/v1/namespaces/default/configmaps/config", patch, "application/merge-patch+json").catch(() => undefined)) !== undefined, 30_000);
    await plane.until("the watches are back", () => Promise.resolve(logOf("node").includes("config: three")), 20_000);
    await plane.until("ready", () => isReady(name), 20_000);
    expect(await firstProcess("node")).toBe(before);
  });

  it("costs little when nothing happens", async () => {
    const ticks = (): number => {
      const fields = readFileSync(`/proc/${agent.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return Number(fields[11]) + Number(fields[12]);
    };
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    console.log(`agent: ${((ticks() - before) / 10).toFixed(2)} % of a core with one pod of two containers and four probes`);
  });

  it("says so when no program stands for an image", async () => {
    const spec = { restartPolicy: "Never", containers: [{ name: "what", image: "example.org/unknown:1" }] };
    await plane.call("POST", "/api/v1/namespaces/default/pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "unknown" }, spec });
    await plane.until("it is reported as running", async () => (await pod("unknown"))?.metadata.labels?.["chainstead.dev/simulated"] === "true" && (await isReady("unknown")));
    await plane.call("DELETE", "/api/v1/namespaces/default/pods/unknown");
    await plane.until("it is gone", async () => (await pod("unknown")) === undefined);
  });

  it("backs off from a container that cannot run, and runs a pod to its end", async () => {
    const make = (podName: string, restartPolicy: string, command: string[], more: object = {}) =>
      plane.call("POST", "/api/v1/namespaces/default/pods", { apiVersion: "v1", kind: "Pod", metadata: { name: podName }, spec: { restartPolicy, containers: [{ name: "c", image, command, ...more }] } });
    await make("crashes", "Always", ["sh", "-c", "exit 3"]);
    await make("ends", "Never", ["sh", "-c", "exit 0"]);
    await make("refused", "Always", ["true"], { securityContext: { runAsUser: 0, runAsNonRoot: true } });
    await plane.until("it backs off", async () => {
      const state = container(await pod("crashes"), "c");
      return state?.state.waiting?.reason === "CrashLoopBackOff" && state.lastState.terminated?.exitCode === 3;
    });
    await plane.until("it ended", async () => (await pod("ends"))?.status.phase === "Succeeded");
    await plane.until("it is refused", async () => container(await pod("refused"), "c")?.state.waiting?.reason === "CreateContainerConfigError");
    for (const podName of ["crashes", "ends", "refused"]) await plane.call("DELETE", `/api/v1/namespaces/default/pods/${podName}`);
    await plane.until("all are gone", async () => (await Promise.all(["crashes", "ends", "refused"].map(pod))).every((p) => p === undefined), 40_000);
  });

  it("ends a deleted pod in order: main containers, then sidecars; and leaves nothing", async () => {
    const before = (await pod(name))?.metadata.uid;
    await plane.call("PATCH", "/apis/apps/v1/namespaces/default/statefulsets/cosmos-node", { spec: { replicas: 0 } }, "application/merge-patch+json");
    const seconds = await plane.until("the pod is gone", async () => (await pod(name)) === undefined, 20_000);
    console.log(`pod gone ${seconds.toFixed(1)} s after its deletion`);
    const at = (of: string, what: string): number => Number(new RegExp(`${what} ends (\\d+)`).exec(logOf(of))?.[1]);
    expect(at("gate", "sidecar")).toBeGreaterThanOrEqual(at("node", "main") + 300);
    await plane.until("its folder and namespace are gone", async () => !existsSync(join(plane.state, "agent/a/pods", String(before))) && (await plane.network.list()).every((site) => site.pods.length === 0), 10_000);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(plane.state);
  });

  it("deletes a volume with its claim", async () => {
    expect(readdirSync(join(plane.state, "volumes"))).toHaveLength(1);
    await plane.call("DELETE", "/api/v1/namespaces/default/persistentvolumeclaims/data-cosmos-node-0");
    await plane.until("the folder is gone", () => Promise.resolve(readdirSync(join(plane.state, "volumes")).length === 0), 20_000);
    expect((await plane.call("GET", "/api/v1/persistentvolumes")).items).toEqual([]);
  });
});
