import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Container, Handler } from "./kube-types";
import type { ExecResult } from "./launch";

/** The result of one probe or hook. */
export interface CheckResult {
  readonly ok: boolean;
  /** What to tell a person when it is not. */
  readonly message: string;
}

export interface CheckTarget {
  readonly podIP: string;
  readonly container: Container;
  exec(argv: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
}

/** Runs a handler once. The agent's site routes to pods, so network checks go straight to the pod's address. Never rejects. */
export async function check(handler: Handler, timeoutSeconds: number, target: CheckTarget): Promise<CheckResult> {
  try {
    if (handler.httpGet) return await httpGet(handler.httpGet, timeoutSeconds, target);
    if (handler.tcpSocket) return await tcpConnect(handler.tcpSocket.host ?? target.podIP, portNumber(handler.tcpSocket.port, target.container), timeoutSeconds);
    if (handler.exec) return await exec(handler.exec.command ?? [], timeoutSeconds, target);
    if (handler.sleep) {
      await new Promise((resolve) => setTimeout(resolve, (handler.sleep?.seconds ?? 0) * 1000));
      return { ok: true, message: "" };
    }
    if (handler.grpc) return { ok: false, message: "gRPC probes are not supported in the local environment; use httpGet, tcpSocket or exec" };
    return { ok: false, message: "the handler names no action" };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

/** @throws when a named port is not declared by the container */
export function portNumber(port: number | string, container: Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((p) => p.name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined);
  if (named === undefined) throw new Error(`container "${container.name}" declares no port named "${port}"`);
  return named;
}

function httpGet(get: NonNullable<Handler["httpGet"]>, timeoutSeconds: number, target: CheckTarget): Promise<CheckResult> {
  const host = get.host ?? target.podIP;
  const port = portNumber(get.port, target.container);
  const path = get.path?.startsWith("/") ? get.path : `/${get.path ?? ""}`;
  const headers = { "User-Agent": "kube-probe/chainstead", Connection: "close", ...Object.fromEntries((get.httpHeaders ?? []).map((h) => [h.name, h.value])) };
  const options = { host, port, path, headers, agent: false as const, timeout: timeoutSeconds * 1000, signal: AbortSignal.timeout(timeoutSeconds * 1000) };
  return new Promise((resolve) => {
    // The kubelet does not check a probe's certificate either: it belongs to a name, not to the pod's address.
    const outgoing = get.scheme === "HTTPS" ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    outgoing.on("response", (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve({ ok: status >= 200 && status < 400, message: `HTTP probe of port ${port} ${path} answered ${status}` });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${timeoutSeconds} s`)));
    outgoing.on("error", (error) => resolve({ ok: false, message: `HTTP probe of port ${port} ${path}: ${error.name === "AbortError" ? `no answer in ${timeoutSeconds} s` : error.message}` }));
    outgoing.end();
  });
}

function tcpConnect(host: string, port: number, timeoutSeconds: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (ok: boolean, message: string): void => {
      socket.destroy();
      resolve({ ok, message });
    };
    socket.setTimeout(timeoutSeconds * 1000, () => settle(false, `port ${port}: no connection in ${timeoutSeconds} s`));
    socket.on("connect", () => settle(true, ""));
    socket.on("error", (error) => settle(false, `port ${port}: ${error.message}`));
  });
}

async function exec(argv: readonly string[], timeoutSeconds: number, target: CheckTarget): Promise<CheckResult> {
  const { exitCode, output } = await target.exec(argv, timeoutSeconds);
  return { ok: exitCode === 0, message: `\`${argv.join(" ")}\` exited with ${exitCode}: ${output.slice(-200)}` };
}
