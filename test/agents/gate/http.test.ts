import { serveHttp } from "../../../agents/gate/http";
import { GateMetrics } from "../../../agents/gate/metrics";
import type { GateStatus } from "../../../agents/gate/status";
import { a, address, heldBy } from "../../support/gate/fence-documents";
import { freePorts } from "../../support/gate/processes";

const status: GateStatus = {
  instance: "cosmos-local",
  chain: "cosmos",
  network: "local",
  chainId: "c-1",
  region: "a",
  process: a.instance,
  role: "active",
  ledgerMode: "follow",
  key: { address, publicKey: "AAAA" },
  node: { connected: true, height: 50, headTime: "2026-01-01T00:00:00.000Z", catchingUp: false, lag: 0 },
  chainHeight: 50,
  references: { configured: 3, answering: 3, problems: [] },
  ledger: { up: true, document: heldBy(a), leaseAgeMs: 10 },
  epoch: 1,
  holder: "a",
  preconditions: [],
  promotable: false,
  fit: true,
  plan: "the lease is fresh",
  lastSigned: { h: 50, r: 0, step: 3, outcome: "written" },
  signatures: { written: 3, replayed: 0, held: 0, refused: {} },
};

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(now: GateStatus): Promise<(path: string) => Promise<{ code: number; text: string }>> {
  const [port] = (await freePorts(1)) as [number];
  const metrics = new GateMetrics(now);
  metrics.outcome("refused", "conflict");
  metrics.latency("cas", 3, true);
  const server = await serveHttp(port, () => now, metrics, "127.0.0.1");
  closing.push(() => server.close().closeAllConnections());
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { code: answer.status, text: await answer.text() };
  };
}

test("status is the whole of it, as JSON", async () => {
  expect(JSON.parse((await (await serve(status))("/status")).text)).toEqual(JSON.parse(JSON.stringify(status)));
});

test.each<[string, GateStatus["node"], number, string]>([
  ["at the head", status.node, 200, "at the chain's head"],
  ["one behind", { ...status.node, lag: 1 }, 200, "at the chain's head"],
  ["two behind", { ...status.node, lag: 2 }, 503, "2 blocks behind"],
  ["not connected", { ...status.node, connected: false }, 503, "not connected"],
  ["catching up", { ...status.node, catchingUp: true }, 503, "catching up"],
  ["silent", { connected: true }, 503, "RPC does not answer"],
])("readiness: %s", async (_name, node, code, text) => {
  const answer = await (await serve({ ...status, node }))("/healthz");
  expect(answer).toEqual({ code, text: expect.stringContaining(text) });
});

test("the node's liveness fails only on advice", async () => {
  expect((await (await serve(status))("/nodez")).code).toBe(200);
  expect(await (await serve({ ...status, restartNode: "it lost a step" }))("/nodez")).toEqual({ code: 503, text: "it lost a step\n" });
});

test("metrics carry chain, network and region, and leave out what is unknown", async () => {
  const { text } = await (await serve({ ...status, node: { connected: false } }))("/metrics");
  expect(text).toContain('chainstead_gate_role{role="active",chain="cosmos",network="local",instance_name="cosmos-local",region="a"} 1');
  expect(text).toMatch(/chainstead_gate_holder\{[^}]*\} 1/);
  expect(text).toMatch(/chainstead_gate_signatures_total\{outcome="refused",reason="conflict",[^}]*\} 1/);
  expect(text).toMatch(/chainstead_gate_conflicts_total\{[^}]*\} 1/);
  expect(text).toMatch(/chainstead_gate_ledger_seconds_count\{[^}]*operation="cas",ok="true"\} 1/);
  expect(text).not.toMatch(/^chainstead_gate_node_height\{/m);
  expect(text).not.toMatch(/^chainstead_gate_node_height /m);
});

test("a taken port is told with the remedy", async () => {
  const [port] = (await freePorts(1)) as [number];
  const first = await serveHttp(port, () => status, new GateMetrics(status), "127.0.0.1");
  closing.push(() => first.close());
  await expect(serveHttp(port, () => status, new GateMetrics(status), "127.0.0.1")).rejects.toThrow(`port ${port} is taken by another process`);
});
