import { chainNames, chains } from "../../chains";
import type { AlertRule, ChainDefinition } from "../../chains/definition";
import { images } from "../../components/versions";
import { configMaps } from "../../components/chains/node";
import { describeInstance, isGated } from "../../components/chains/instance";
import { podTemplate } from "../../components/chains/pod";
import type { ChainPlacement } from "../../components/chains/placement";
import { dataOnly } from "../components/chains/placement-fixture";

/** Walks the table: what a chain lacks is named here, for every chain and network, also those of tomorrow. */
const every = chainNames.flatMap((chain) => Object.keys(chains[chain].networks).map((network) => ({ chain, network })));

describe.each(every)("$chain on $network", ({ chain, network }) => {
  const definition = chains[chain] as ChainDefinition<Record<string, never>>;
  const facts = definition.networks[network];
  const processes = definition.processes({}, network);
  const alerts = definition.alerts(network);
  const gated = processes.some(isGated);

  it("says what it is", () => {
    expect(definition.chain).toBe(chain);
    for (const text of [definition.title, definition.source.repository, definition.penalty.doubleSign, definition.penalty.downtime, facts?.chainId, facts?.statusNote]) {
      expect(text).toMatch(/\S/);
    }
    expect(() => new RegExp(definition.source.tagPattern)).not.toThrow();
    expect(facts?.blockTime).toBeGreaterThan(0);
    expect(definition.activation.length).toBeGreaterThan(0);
    expect(definition.deactivation.length).toBeGreaterThan(0);
  });

  it("runs as nobody special, from images that are pinned", () => {
    expect(definition.image.user).toBeGreaterThan(0);
    for (const process of processes) {
      expect(Object.keys(images)).toContain(process.image);
    }
  });

  it("accepts its own defaults", () => {
    expect(definition.checkSettings({}, network)).toEqual([]);
  });

  it("has processes with a fence, a volume, ports that agree with its probes, and a reason", () => {
    expect(processes.length).toBeGreaterThan(0);
    expect(new Set(processes.map((process) => process.name)).size).toBe(processes.length);
    for (const process of processes) {
      expect(process.fence.why).toMatch(/\S/);
      expect(process.volumes.length).toBeGreaterThan(0);
      expect(process.terminationGraceSeconds).toBeGreaterThan(0);
      expect(process.ports.map((port) => port.number)).toContain(definition.head.port);
      expect(process.ports.every((port) => /^[a-z][a-z0-9-]{0,14}$/.test(port.name))).toBe(true);
      // A name or port that a sidecar has would make the pod invalid.
      expect(process.ports.map((port) => port.name)).not.toEqual(expect.arrayContaining(["gate"]));
      expect(process.ports.map((port) => port.number)).not.toEqual(expect.arrayContaining([9470]));
    }
  });

  it("protects signing state and times its gate exactly where a ledger is the fence", () => {
    expect(definition.gateTiming({}, network) !== undefined).toBe(gated);
    expect(definition.gatePolicy({}, network) !== undefined).toBe(gated);
    expect(definition.protectedState.length > 0).toBe(gated);
    expect(definition.identity.kind === "gate-status").toBe(gated);
    expect(definition.freshFiles.length).toBeGreaterThan(0);
    expect(definition.logEvents.length).toBeGreaterThan(0);
    expect(definition.runtimeRules.processes.length).toBeGreaterThan(0);
  });

  it("has every alert, about itself alone, with a summary and something to do", () => {
    const kinds = new Set(alerts.map((alert) => alert.alert));
    const needed: AlertRule["alert"][] = gated ? ["OutOfConsensus", "NoProducer", "ConflictingContent", "ProbeBlind"] : ["OutOfConsensus", "ProbeBlind"];
    expect([...kinds]).toEqual(expect.arrayContaining(needed));
    for (const alert of alerts) {
      const selectors = alert.expr.match(/chainstead_\w+(\{[^}]*\})?/g) ?? [];
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) {
        expect(selector).toContain(`{chain="${chain}",network="${network}"`);
      }
      expect(alert.summary).toContain(`${chain}-${network}`);
      expect(alert.action).toMatch(/\S/);
      expect(alert.for).toMatch(/^\d+s$/);
    }
    if (gated) {
      expect(alerts.find((alert) => alert.alert === "OutOfConsensus")?.severity).toBe("page");
    }
  });

  it("pages within a minute of the first missed block", () => {
    const threshold = /consecutive_missed\{[^}]*\}\) >= (\d+)/.exec(alerts.map((alert) => alert.expr).join("\n"))?.[1];
    if (gated) {
      // Missed blocks, the block that carries the commit, half a block of probe interval, scrape, evaluation and grouping of 5 s each, delivery.
      expect((Number(threshold) + 1.5) * (facts?.blockTime ?? NaN) + 3 * 5 + 5).toBeLessThanOrEqual(60);
    }
  });

  it("becomes a workload", () => {
    const instance = describeInstance(definition, `${chain}-${network}`, { network, settings: {}, placement: dataOnly as ChainPlacement });
    for (const process of processes) {
      expect(podTemplate(instance, process, "x").spec).toBeDefined();
      expect(Object.keys(configMaps(instance, process))).toEqual(expect.arrayContaining(gated ? ["files", "probe", "gate", "keys"] : ["probe"]));
    }
  });
});
