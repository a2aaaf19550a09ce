import { createServer, type Server } from "node:http";
import type { GateMetrics } from "./metrics";
import { ready, type GateStatus } from "./status";

/**
 * `/status` JSON for people and commands, `/metrics` for Prometheus, `/healthz` for the readiness probe, `/nodez` for the
 * *node's* liveness probe: it fails only when a restart of the node is the one way to get the chain going again.
 */
export function serveHttp(port: number, status: () => GateStatus, metrics: GateMetrics, host = "0.0.0.0"): Promise<Server> {
  const server = createServer((request, response) => {
    const send = (code: number, type: string, body: string): void => void response.writeHead(code, { "content-type": type }).end(body);
    switch (request.url?.split("?")[0]) {
      case "/status":
        return send(200, "application/json", JSON.stringify(status()));
      case "/healthz": {
        const verdict = ready(status());
        return send(verdict.ok ? 200 : 503, "text/plain", `${verdict.why}\n`);
      }
      case "/nodez": {
        const advice = status().restartNode;
        return send(advice === undefined ? 200 : 503, "text/plain", `${advice ?? "no restart is needed"}\n`);
      }
      case "/metrics":
        metrics.render(status(), Date.now()).then(
          (text) => send(200, "text/plain; version=0.0.4", text),
          () => send(500, "text/plain", "the metrics could not be rendered\n"),
        );
        return;
      default:
        return send(404, "text/plain", "known are /status, /metrics, /healthz and /nodez\n");
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new Error(error.code === "EADDRINUSE" ? `port ${port} is taken by another process: stop it, or set another "port" in the gate's configuration` : `port ${port}: ${error.message}`));
    });
    server.listen(port, host, () => resolve(server));
  });
}
