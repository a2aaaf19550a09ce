import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { pino, type Logger } from "pino";
import type { ProbeConfig } from "../../chains/probe-config";
import { checkedConfig } from "./config";
import { Look, type Finding } from "./look";
import { ProbeMetrics } from "./metrics";

/** A node this many blocks behind is not ready. */
const lagLimit = 3;

/**
 * Watches a chain from beside its node, until the signal fires: `/metrics` for Prometheus, `/healthz` for readiness. It
 * reads only, and needs neither Kubernetes nor Consul.
 *
 * @param value the configuration, `ProbeConfig`
 * @throws when the configuration is wrong or the port is taken
 */
export async function runProbe(value: unknown, signal: AbortSignal = untilStopped(), log: Logger = pino({ name: "probe" })): Promise<void> {
  const config = checkedConfig(value);
  const metrics = new ProbeMetrics();
  const look = new Look(config, metrics);
  let last: Finding | undefined;
  const server = await serve(config, metrics, () => last);
  log.info({ chain: config.instance, region: config.region, port: config.port }, "the probe looks");
  let problems = "";
  while (!signal.aborted) {
    last = await look.once();
    // The same trouble once, not every few seconds.
    if (last.problems.join() !== problems) {
      problems = last.problems.join();
      log.info({ problems: last.problems }, last.problems.length > 0 ? "something cannot be seen" : "everything is seen");
    }
    await sleep(config.intervalMs, undefined, { signal }).catch(() => undefined);
  }
  await new Promise((closed) => {
    server.close(closed);
    server.closeAllConnections();
  });
}

function serve(config: ProbeConfig, metrics: ProbeMetrics, last: () => Finding | undefined): Promise<Server> {
  const server = createServer((request, response) => {
    const send = (code: number, type: string, body: string): void => void response.writeHead(code, { "content-type": type }).end(body);
    switch (request.url?.split("?")[0]) {
      case "/metrics":
        metrics.registry.metrics().then(
          (text) => send(200, metrics.registry.contentType, text),
          (error: unknown) => send(500, "text/plain", `the metrics could not be rendered: ${String(error)}\n`),
        );
        return;
      case "/healthz": {
        const why = notReady(config, last(), Date.now());
        return send(why === undefined ? 200 : 503, "text/plain", `${why ?? "the node is at the chain's head"}\n`);
      }
      default:
        return send(404, "text/plain", "known are /metrics and /healthz\n");
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new Error(error.code === "EADDRINUSE" ? `port ${config.port} is taken by another process: stop it, or set another "port" in the probe's configuration` : `port ${config.port}: ${error.message}`));
    });
    server.listen(config.port, () => resolve(server));
  });
}

/** Why the node is not ready; undefined when it is. */
export function notReady(config: Pick<ProbeConfig, "intervalMs">, finding: Finding | undefined, now: number): string | undefined {
  if (finding === undefined || now - finding.at > 10_000 + 2 * config.intervalMs) {
    return "the probe has not looked yet, or its last look is too old";
  }
  if (finding.node === undefined) {
    return finding.problems.join("; ");
  }
  if (finding.node.syncing) {
    return `the node is catching up, at height ${finding.node.height}`;
  }
  const behind = (finding.referenceHeight ?? 0) - finding.node.height;
  return behind > lagLimit ? `the node is ${behind} blocks behind the independent nodes` : undefined;
}

/** In a container the probe is the first process, which the kernel stops only if it asks for it. */
function untilStopped(): AbortSignal {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  return stop.signal;
}
