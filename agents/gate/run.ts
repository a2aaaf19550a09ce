import { randomUUID } from "node:crypto";
import { pino, type Logger } from "pino";
import { fenceKey, type GateConfig } from "../../chains/gate-config";
import { cometRpc, type ChainReference } from "./chain-view";
import { Bell, systemClock, type Clock } from "./clock";
import { NodeConnection } from "./connection";
import { Controller } from "./controller";
import { stepName, type Holder } from "./document";
import { serveHttp } from "./http";
import { decoyKey, KeyHolder } from "./key";
import { Ledger } from "./ledger";
import { GateMetrics } from "./metrics";
import { Observer } from "./observer";
import { agreedHeight, fitForSwitchover, lag, promotable } from "./preconditions";
import { restartAdvice } from "./restart-advice";
import { Signer } from "./signer";
import type { GateStatus } from "./status";
import { ConsulStore } from "./store-consul";
import type { FenceStore } from "./store";

/** Everything a gate is wired from. The production wiring is `productionDeps`; a test may bring another store or clock. */
export interface GateDeps {
  readonly store: FenceStore;
  readonly clock: Clock;
  readonly node: ChainReference;
  readonly references: readonly ChainReference[];
  readonly log: Logger;
}

export function productionDeps(config: GateConfig): GateDeps {
  return {
    store: new ConsulStore({ servers: config.consul, key: fenceKey(config.instance) }),
    clock: systemClock,
    node: cometRpc(config.nodeRpc, config.chainId),
    references: config.references.map((url) => cometRpc(url, config.chainId)),
    log: pino({ name: "gate", base: { chain: config.instance, region: config.region } }),
  };
}

const evaluateEveryMs = 100;
/** Quarantine is left after evaluations this far apart, so that each one judges fresh facts. */
const trustEveryMs = 700;
const keyEveryMs = 1000;
/** A stopping gate does not wait longer than this for the quorum to take its release. */
const stopWithinMs = 2000;

/** Runs until the signal fires, then releases the document. Rejects when the HTTP port is taken. */
export async function runGate(config: GateConfig, deps: GateDeps, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = deps;
  const me: Holder = { region: config.region, instance: randomUUID() };
  const bell = new Bell(clock);
  const metrics = new GateMetrics({ chain: config.chain, network: config.network, instance: config.instance, region: config.region });
  /** The node's liveness probe is failing on our advice; when it is connected anew it has been restarted. */
  let advised = false;
  let restartedAt: number | undefined;
  const counts = { written: 0, replayed: 0, held: 0, refused: {} as Record<string, number> };

  const ledger = new Ledger(store, clock, bell, {
    latency: (operation, ms, ok) => metrics.latency(operation, ms, ok),
    down: (cause) => log.warn({ cause }, "the quorum cannot be reached: requests are held"),
    up: (downMs) => log.info({ downMs: Math.round(downMs) }, "the quorum answers"),
    regressed: (what) => log.fatal({ what }, "the store cannot be trusted: nothing is signed"),
  });
  const keys = new KeyHolder(config.keyFile);
  const decoy = decoyKey();
  const realKey = (): typeof keys.key => (keys.problem === "" ? keys.key : undefined);
  const observer = new Observer(deps.node, deps.references, ledger, realKey, config.chainId, clock, bell);

  const signer: Signer = new Signer(
    { ...config, me },
    ledger,
    { role: () => controller.role(), key: realKey, shown: () => (controller.role() === "quarantine" ? decoy : (realKey() ?? decoy)), chainHeight: () => observer.chainHeight(), chainHeightSince: () => observer.heightMovedAt },
    clock,
    bell,
    {
      outcome(outcome, step, reason, detail) {
        metrics.outcome(outcome, reason);
        if (outcome === "refused") counts.refused[reason ?? ""] = (counts.refused[reason ?? ""] ?? 0) + 1;
        else counts[outcome]++;
        if (outcome === "written" || outcome === "replayed") log.debug({ step: stepName(step), outcome }, "signed");
        else log.info({ step: stepName(step), outcome, reason, detail }, "not signed");
      },
    },
  );
  const connection = new NodeConnection(config.socket, (request, closed) => signer.answer(request, closed), clock, {
    connected() {
      if (advised) restartedAt = clock.now();
      log.info("the node is connected");
    },
    disconnected: (why) => log.info({ why }, "the node's connection is gone; dialling again"),
    staleSocketRemoved: () => log.info({ socket: config.socket }, "removed the socket that a former node left behind"),
    broken: (why) => log.error({ why }, "the node sent what cannot be understood"),
  });
  const controller: Controller = new Controller(config, me, ledger, observer, connection, keys, () => signer.lastShownReal, clock, {
    role: (role, why) => log.info({ role, why }, "role"),
    acted: (did, outcome) => log.info({ did, outcome }, "document"),
  });

  const restartNode = (): string | undefined => {
    const advice = restartAdvice({
      now: clock.now(),
      ledgerUp: ledger.up,
      ledgerUpSince: ledger.upSince,
      connected: connection.connected,
      connectedSince: connection.since,
      standby: controller.role() !== "active" && !(ledger.doc?.state !== "HELD" && config.region === config.preferredRegion),
      chainHeight: observer.chainHeight(),
      heightMovedAt: observer.heightMovedAt,
      nodeHeight: observer.headOfNode()?.height,
      blockTimeMs: config.blockTime * 1000,
      nodeHasDecoy: controller.role() !== "quarantine" && !signer.lastShownReal,
      lastRefusedHeight: signer.lastRefusedHeight,
      restartedAt,
    });
    advised = advice !== undefined || (advised && !connection.connected);
    return advice;
  };
  const status = (): GateStatus => {
    const doc = ledger.doc;
    const node = observer.headOfNode();
    const references = observer.referenceHeights();
    const role = controller.role();
    return {
      instance: config.instance,
      chain: config.chain,
      network: config.network,
      chainId: config.chainId,
      region: config.region,
      process: me.instance,
      role,
      quarantine: controller.quarantined,
      ledgerMode: config.ledgerMode,
      key: { address: keys.key?.address, publicKey: keys.key?.publicKey.toString("base64"), problem: keys.problem || undefined },
      node: { connected: connection.connected, height: node?.height, headTime: node && new Date(node.headTimeMs).toISOString(), catchingUp: node?.catchingUp, lag: lag({ node, references }) },
      chainHeight: agreedHeight(references),
      references: { configured: config.references.length, answering: references.length, problems: [...observer.problems.values()] },
      ledger: { up: ledger.up, cause: ledger.cause || undefined, halted: ledger.halted, document: doc, leaseAgeMs: doc && Math.round(clock.now() - ledger.leaseSeenAt) },
      epoch: doc?.epoch ?? 0,
      holder: doc?.state === "HELD" ? doc.holder?.region : undefined,
      preconditions: controller.conditions,
      promotable: promotable(controller.conditions),
      fit: fitForSwitchover(controller.conditions, doc),
      plan: controller.latestPlan.do === "nothing" ? controller.latestPlan.why : controller.latestPlan.do,
      lastSigned: signer.lastSigned && { h: signer.lastSigned.h, r: signer.lastSigned.r, step: signer.lastSigned.step, outcome: signer.lastSigned.outcome },
      signatures: { ...counts, refused: { ...counts.refused } },
      lastFailover: doc?.failovers[doc.failovers.length - 1],
      restartNode: restartNode(),
    };
  };

  await connection.prepare();
  const http = await serveHttp(config.port, status, metrics);
  log.info({ process: me.instance, mode: config.ledgerMode, port: config.port }, "gate started");
  const over = new AbortController();
  let trustedAt = -Infinity;
  const evaluate = async (): Promise<void> => {
    const trust = clock.now() - trustedAt >= trustEveryMs;
    if (trust) trustedAt = clock.now();
    await controller.evaluate(trust);
  };
  const working = Promise.all([
    ledger.follow(over.signal),
    connection.run(over.signal),
    observer.run(over.signal),
    repeat(clock, keyEveryMs, over.signal, () => keys.reload()),
    repeat(clock, evaluateEveryMs, over.signal, evaluate),
  ]);
  await Promise.race([working, new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))]);
  await Promise.race([controller.stop(), clock.sleep(stopWithinMs)]);
  over.abort();
  http.closeAllConnections();
  http.close();
  await working;
  log.info("gate stopped");
}

async function repeat(clock: Clock, everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await clock.sleep(everyMs, signal);
  }
}
