import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Outcome } from "./signer";
import { ready, type GateStatus } from "./status";

const roles = ["quarantine", "standby", "active"] as const;

/** Everything has the labels `chain`, `network`, `instance_name` and `region`; the names all begin with `chainstead_gate_`. */
export class GateMetrics {
  readonly registry = new Registry();
  private readonly role = this.gauge("role", "1 for the role the gate has", ["role"]);
  private readonly epoch = this.gauge("epoch", "Fencing epoch of the document");
  private readonly holder = this.gauge("holder", "1 when this gate holds the document");
  private readonly held = this.gauge("document_held", "1 when any gate holds the document");
  private readonly halted = this.gauge("halted", "1 when the document is halted or the store went backwards");
  private readonly paused = this.gauge("paused", "1 when automatic promotion is paused");
  private readonly ledgerUp = this.gauge("ledger_up", "1 when the quorum answered the last operation");
  private readonly connected = this.gauge("node_connected", "1 when the node is connected");
  private readonly isReady = this.gauge("ready", "1 when the node is connected and not lagging");
  private readonly height = this.gauge("node_height", "Height of the own node");
  private readonly lag = this.gauge("node_lag_blocks", "Blocks behind the independent nodes");
  private readonly lastHeight = this.gauge("last_signed_height", "Height of the newest signature given to the own node");
  private readonly promotable = this.gauge("promotable", "1 when the gate could take the role, the lease aside");
  private readonly doppelganger = this.gauge("doppelganger", "1 when the chain holds a signature of our key that the ledger does not know");
  private readonly failovers = this.gauge("failovers_last_hour", "Automatic failovers in the last hour");
  private readonly signatures = new Counter({ name: "chainstead_gate_signatures_total", help: "Answers by outcome", labelNames: ["outcome", "reason"], registers: [this.registry] });
  private readonly conflicts = new Counter({ name: "chainstead_gate_conflicts_total", help: "Refused requests for other content than the ledger holds for that step", registers: [this.registry] });
  private readonly ledgerSeconds = new Histogram({
    name: "chainstead_gate_ledger_seconds",
    help: "Duration of one operation against the quorum",
    labelNames: ["operation", "ok"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers: [this.registry],
  });

  constructor(labels: { readonly chain: string; readonly network: string; readonly instance: string; readonly region: string }) {
    this.registry.setDefaultLabels({ chain: labels.chain, network: labels.network, instance_name: labels.instance, region: labels.region });
    for (const outcome of ["written", "replayed", "held"]) this.signatures.inc({ outcome, reason: "" }, 0);
  }

  outcome(outcome: Outcome, reason?: string): void {
    this.signatures.inc({ outcome, reason: reason ?? "" });
    if (reason === "conflict") this.conflicts.inc();
  }

  latency(operation: "read" | "cas", ms: number, ok: boolean): void {
    this.ledgerSeconds.observe({ operation, ok: String(ok) }, ms / 1000);
  }

  async render(status: GateStatus, wallNow: number): Promise<string> {
    const doc = status.ledger.document;
    for (const role of roles) this.role.set({ role }, Number(status.role === role));
    this.epoch.set(status.epoch);
    this.holder.set(Number(doc?.state === "HELD" && doc.holder?.instance === status.process));
    this.held.set(Number(doc?.state === "HELD"));
    this.halted.set(Number(doc?.state === "HALTED" || status.ledger.halted !== undefined));
    this.paused.set(Number(doc?.paused !== undefined));
    this.ledgerUp.set(Number(status.ledger.up));
    this.connected.set(Number(status.node.connected));
    this.isReady.set(Number(ready(status).ok));
    this.setOrDrop(this.height, status.node.height);
    this.setOrDrop(this.lag, status.node.lag);
    this.setOrDrop(this.lastHeight, status.lastSigned?.h);
    this.promotable.set(Number(status.preconditions.every((p) => p.ok || p.id === "P1")));
    this.doppelganger.set(Number(doc?.state === "HALTED" && doc.reason.includes("somebody else signs with it")));
    this.failovers.set(doc?.failovers.filter((f) => f.automatic && Date.parse(f.at) > wallNow - 3_600_000).length ?? 0);
    return this.registry.metrics();
  }

  /** An unknown value is absent, never zero. */
  private setOrDrop(gauge: Gauge, value: number | undefined): void {
    if (value === undefined) gauge.reset();
    if (value === undefined) gauge.remove();
    else gauge.set(value);
  }

  private gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `chainstead_gate_${name}`, help, labelNames, registers: [this.registry] });
  }
}
