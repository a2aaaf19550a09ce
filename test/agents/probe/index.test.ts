import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { notReady, runProbe } from "../../../agents/probe";
import type { ProbeConfig } from "../../../chains/probe-config";
import { cometbftHead } from "../../../chains/cometbft/family";
import { FakeChain, ours } from "./fake-chain";

const quiet = pino({ level: "silent" });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** The whole probe against answers of a real chain and a gate's `/status`. It shows no timing and no real gate. */
describe("runProbe", () => {
  const folder = mkdtempSync(join(tmpdir(), "chainstead-probe-"));
  let node: FakeChain;
  let reference: FakeChain;
  let gate: Server;
  let gateStatus: unknown;
  let stop: AbortController;
  let running: Promise<void>;
  let port: number;

  beforeEach(async () => {
    [node, reference] = [await new FakeChain().start(), await new FakeChain().start()];
    for (const chain of [node, reference]) {
      chain.add("signed", 10);
    }
    gateStatus = { key: { address: ours }, ledger: { up: true, leaseAgeMs: 300, document: { state: "HELD", address: ours } } };
    gate = createServer((_request, response) => response.end(JSON.stringify(gateStatus)));
    await new Promise<void>((ready) => gate.listen(0, "127.0.0.1", ready));
    writeFileSync(join(folder, "000001.log"), "");
    utimesSync(join(folder, "000001.log"), 1000, 1234);
    port = await freePort();
    stop = new AbortController();
    running = runProbe(config(), stop.signal, quiet);
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await Promise.all([node.stop(), reference.stop(), new Promise((closed) => (gate.closeAllConnections(), gate.close(closed)))]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const config = (): ProbeConfig => ({
    chain: "cosmos",
    network: "local",
    instance: "cosmos-local",
    region: "a",
    family: "cometbft",
    chainId: "chainstead-local-1",
    node: node.address,
    head: cometbftHead,
    gateStatus: `http://127.0.0.1:${(gate.address() as AddressInfo).port}/status`,
    references: [reference.address],
    blockTime: 1,
    freshFiles: [join(folder, "*.log"), join(folder, "missing")],
    intervalMs: 100,
    port,
  });

  async function metrics(): Promise<Record<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Object.fromEntries(text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
  }

  async function until(what: (now: Record<string, number>) => boolean): Promise<Record<string, number>> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const now = await metrics().catch(() => ({}));
      if (what(now) || Date.now() > deadline) {
        return now;
      }
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  async function eventually(status: number): Promise<number> {
    const deadline = Date.now() + 5000;
    for (;;) {
      const now = (await fetch(`http://127.0.0.1:${port}/healthz`)).status;
      if (now === status || Date.now() > deadline) {
        return now;
      }
      await new Promise((next) => setTimeout(next, 50));
    }
  }

  it("exports what the alerts stand on", async () => {
    expect(await until((now) => now.chainstead_validator_judged_height === 10)).toMatchObject({
      chainstead_probe_up: 1,
      chainstead_head_height: 10,
      chainstead_reference_height: 10,
      chainstead_validator_last_signed_height: 9,
      chainstead_validator_consecutive_missed: 0,
      chainstead_validator_missed_total: 0,
      chainstead_validator_in_set: 1,
      chainstead_evidence_total: 0,
      chainstead_lease_held: 1,
      [`chainstead_fresh_file_mtime_seconds{glob="${join(folder, "*.log")}"}`]: 1234,
    });
    expect(await eventually(200)).toBe(200);
  });

  it("sees misses and evidence as they come", async () => {
    await until((now) => now.chainstead_validator_judged_height === 10);
    node.add("absent", 3);
    node.add("evidence");
    node.add("absent", 2);
    reference.add("signed", 6);
    expect(await until((now) => now.chainstead_validator_judged_height === 16)).toMatchObject({ chainstead_validator_consecutive_missed: 2, chainstead_validator_missed_total: 5, chainstead_evidence_total: 1 });
  });

  it("judges the chain by an independent node while its own stands still", async () => {
    await until((now) => now.chainstead_validator_judged_height === 10);
    reference.add("absent", 8);
    expect(await until((now) => now.chainstead_validator_judged_height === 18)).toMatchObject({ chainstead_head_height: 10, chainstead_reference_height: 18, chainstead_validator_consecutive_missed: 8 });
    await eventually(503);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, await health.text()]).toEqual([503, "the node is 8 blocks behind the independent nodes\n"]);
  });

  it("tells a lease that nobody renews, and knows nothing when the gate is silent", async () => {
    gateStatus = { key: { address: ours }, ledger: { up: true, leaseAgeMs: 60_000, document: { state: "HELD" } } };
    expect(await until((now) => now.chainstead_lease_held === 0)).toMatchObject({ chainstead_lease_held: 0 });
    gateStatus = "not what a gate says";
    expect(await until((now) => !("chainstead_lease_held" in now))).not.toHaveProperty("chainstead_lease_held");
    expect(await metrics()).toMatchObject({ chainstead_probe_up: 1, chainstead_validator_last_signed_height: 9 });
  });

  it("is blind without its node, and says so", async () => {
    await until((now) => now.chainstead_probe_up === 1);
    await node.stop();
    expect(await until((now) => now.chainstead_probe_up === 0)).toMatchObject({ chainstead_probe_up: 0 });
    // The look that found it out ends a moment after its first metric.
    expect(await eventually(503)).toBe(503);
  });

  it("refuses a taken port and a broken configuration with the remedy", async () => {
    await until((now) => now.chainstead_probe_up === 1);
    await expect(runProbe(config(), stop.signal, quiet)).rejects.toThrow(/is taken by another process: stop it, or set another "port"/);
    await expect(runProbe({ ...config(), node: "localhost", blockTime: 0 }, stop.signal, quiet)).rejects.toThrow(/2 problem\(s\):\n- node: .*\n- blockTime:/);
  });
});

describe("notReady", () => {
  const node = { height: 5, time: 0, syncing: false };

  it("wants a look that is not too old", () => {
    expect(notReady({ intervalMs: 1000 }, undefined, 0)).toMatch(/has not looked yet/);
    expect(notReady({ intervalMs: 1000 }, { at: 0, node, problems: [] }, 13_000)).toMatch(/too old/);
    expect(notReady({ intervalMs: 1000 }, { at: 0, node, problems: [] }, 1000)).toBeUndefined();
  });

  it("wants a node at the head", () => {
    expect(notReady({ intervalMs: 1000 }, { at: 0, node: { ...node, syncing: true }, problems: [] }, 0)).toMatch(/catching up, at height 5/);
    expect(notReady({ intervalMs: 1000 }, { at: 0, node, referenceHeight: 8, problems: [] }, 0)).toBeUndefined();
    expect(notReady({ intervalMs: 1000 }, { at: 0, node, referenceHeight: 9, problems: [] }, 0)).toMatch(/4 blocks behind/);
  });
});
