import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../preview/apply/plain";
import { HttpClient } from "../../preview/apply/providers/http";
import { freePort, Processes, until } from "./processes";
import { serverProgram } from "./server-program";

const token = "test-operator-token";

/** A real Kubernetes API (etcd, kube-apiserver, kube-controller-manager) on loopback, without nodes: pods stay pending. */
export interface ApiServer {
  readonly kubeconfig: string;
  /** The same as a file. */
  readonly kubeconfigFile: string;
  readonly address: string;
  /** PEM of what signed the server's certificate. */
  readonly certificate: string;
  /** A call with the operator's rights. */
  call(method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT", path: string, body?: JsonObject, contentType?: string): Promise<{ readonly status: number; readonly body: JsonObject }>;
  stop(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "chainstead-api-"));
  const processes = new Processes();
  const stop = async (): Promise<void> => {
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
    const etcd = `http://127.0.0.1:${client}`;
    const etcdPeer = `http://127.0.0.1:${peer}`;
    processes.start(
      serverProgram("etcd"),
      ["--data-dir", join(folder, "etcd"), "--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", etcdPeer, "--initial-advertise-peer-urls", etcdPeer, "--initial-cluster", `default=${etcdPeer}`],
      join(folder, "etcd.log"),
    );
    const key = join(folder, "sa.key");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    writeFileSync(join(folder, "tokens.csv"), `${token},operator,operator,system:masters\n`, { mode: 0o600 });
    const address = `https://127.0.0.1:${secure}`;
    processes.start(serverProgram("kube-apiserver"), apiServerArguments({ folder, etcd, secure, key }), join(folder, "apiserver.log"));
    // The server makes itself a certificate; clients check it as they would a real one.
    const certificate = await until("the API server's certificate", () => readFile(join(folder, "certs", "apiserver.crt"), "utf8"));
    const kubeconfig = kubeconfigFor(address, certificate);
    const kubeconfigFile = join(folder, "kubeconfig");
    writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
    const http = new HttpClient({ address, headers: () => ({ authorization: `Bearer ${token}` }), tls: { ca: certificate } });
    const call: ApiServer["call"] = async (method, path, body, contentType) => {
      const reply = await http.call({ method, path, body, contentType });
      return { status: reply.status, body: (reply.body ?? {}) as JsonObject };
    };
    await until("the API server's readiness", async () => ((await call("GET", "/readyz")).status === 200 ? true : undefined), 120);
    processes.start(
      serverProgram("kube-controller-manager"),
      ["--kubeconfig", kubeconfigFile, "--service-account-private-key-file", key, "--leader-elect=false", "--secure-port=0", "--use-service-account-credentials=false", "--concurrent-namespace-syncs=4"],
      join(folder, "controller-manager.log"),
    );
    await until("the default namespace", async () => ((await call("GET", "/api/v1/namespaces/default")).status === 200 ? true : undefined));
    return {
      kubeconfig,
      kubeconfigFile,
      address,
      certificate,
      call,
      stop: async () => {
        http.close();
        await stop();
      },
    };
  } catch (error) {
    const log = readFileSync(join(folder, "apiserver.log"), { encoding: "utf8", flag: "a+" }).slice(-2_000);
    await stop();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log}`);
  }
}

function apiServerArguments({ folder, etcd, secure, key }: { readonly folder: string; readonly etcd: string; readonly secure: number; readonly key: string }): string[] {
  return [
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${secure}`,
    `--cert-dir=${join(folder, "certs")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=198.19.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    // Pods log in to Vault by tokens made for it, and Vault has them reviewed here.
    "--api-audiences=https://kubernetes.default.svc,vault",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--advertise-address=127.0.0.1",
    // A loopback address may not stand in an Endpoints object.
    "--endpoint-reconciler-type=none",
    "--profiling=false",
  ];
}

function kubeconfigFor(server: string, certificate: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "operator" } }],
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": Buffer.from(certificate).toString("base64") } }],
    users: [{ name: "operator", user: { token } }],
  });
}
