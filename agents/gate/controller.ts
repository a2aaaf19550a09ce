import { randomUUID } from "node:crypto";
import type { GateConfig } from "../../chains/gate-config";
import type { Clock } from "./clock";
import type { Role } from "./decide";
import { claim, create, halt, isHolder, release, renew, type FenceDocument, type Holder } from "./document";
import { keyWorks, type KeyHolder } from "./key";
import { freedom, type Freedom } from "./lease";
import type { Ledger } from "./ledger";
import type { NodeConnection } from "./connection";
import type { Observer } from "./observer";
import { lag, preconditions, type Facts, type Precondition } from "./preconditions";
import { plan, quarantine, roleOf, type Plan } from "./role";

export interface ControllerEvents {
  role(role: Role, why: string): void;
  /** The document was changed, or should have been. */
  acted(plan: Plan, outcome: string): void;
}

/** A holder whose node is gone or behind for this long lets go; the peer is faster than any timeout. */
const nodeGoneMs = 2000;

/** Turns facts into the role and into changes of the document, one evaluation at a time. */
export class Controller {
  quarantined: string | undefined = "starting";
  conditions: readonly Precondition[] = [];
  latestPlan: Plan = { do: "nothing", why: "starting" };
  private goodInARow = 0;
  private lastRenewalSentAt: number | undefined;
  private missingSince: number | undefined;
  private behindSince: number | undefined;
  private stopping = false;
  private lastRole: Role = "quarantine";

  constructor(
    private readonly config: GateConfig,
    readonly me: Holder,
    private readonly ledger: Ledger,
    private readonly observer: Observer,
    private readonly connection: Pick<NodeConnection, "connected" | "since">,
    private readonly keys: KeyHolder,
    private readonly nodeHasKey: () => boolean,
    private readonly clock: Clock,
    private readonly events: ControllerEvents,
  ) {}

  role(): Role {
    return roleOf(this.ledger.doc, this.me, this.quarantined, this.lastRenewalSentAt, this.clock.now(), this.config.lease);
  }

  /** Looks at everything once and acts. `trust` counts towards leaving quarantine. */
  async evaluate(trust: boolean): Promise<void> {
    const now = this.clock.now();
    const doc = this.ledger.doc;
    this.missingSince = doc || !this.ledger.up ? undefined : (this.missingSince ?? now);
    const free = this.freedom(now);
    const facts = this.facts(free);
    this.updateQuarantine(facts, trust);
    const { blockTime, failoversPerHour } = this.config;
    const judged: Facts = { ...facts, quarantine: this.quarantined };
    this.conditions = preconditions(doc, judged, { blockTimeMs: blockTime * 1000, failoversPerHour }, this.clock.wall());
    this.latestPlan = plan({
      doc,
      ledgerUp: this.ledger.up && this.ledger.halted === undefined,
      me: this.me,
      preferredRegion: this.config.preferredRegion,
      timing: this.config.lease,
      now,
      missingSince: this.missingSince,
      lastRenewalSentAt: this.lastRenewalSentAt,
      facts: judged,
      preconditions: this.conditions,
      freedom: free,
      unfit: this.unfit(judged, now),
      stopping: this.stopping,
    });
    await this.act(this.latestPlan);
    this.tellRole();
  }

  /** Releases the document if this gate holds it. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.evaluate(false);
  }

  tellRole(): void {
    const role = this.role();
    if (role === this.lastRole) return;
    this.lastRole = role;
    this.events.role(role, this.quarantined ?? this.ledger.doc?.reason ?? "");
  }

  private freedom(now: number): Freedom {
    const { ledger, config } = this;
    return freedom({
      doc: ledger.doc,
      me: this.me,
      preferredRegion: config.preferredRegion,
      timing: config.lease,
      now,
      wallNow: this.clock.wall(),
      leaseSeenAt: ledger.leaseSeenAt,
      ledgerUpSince: ledger.upSince,
      lastOutageMs: ledger.lastOutageMs,
      flipAfterSteps: config.flipAfterSteps,
      ledgerMode: config.ledgerMode,
    });
  }

  private facts(free: Freedom): Facts {
    const key = this.keys.key;
    const problem = this.keys.problem !== "" ? this.keys.problem : key && keyWorks(key) ? "" : "the key does not sign";
    return {
      node: this.observer.headOfNode(),
      connected: this.connection.connected,
      referencesConfigured: this.config.references.length,
      references: this.observer.referenceHeights(),
      quarantine: this.quarantined,
      nodeHasKey: this.nodeHasKey(),
      key: { address: key?.address, problem },
      doppelganger: this.observer.doppelganger(),
      free: { free: free.free, detail: free.detail },
    };
  }

  private updateQuarantine(facts: Facts, trust: boolean): void {
    const input = { current: this.quarantined, facts, doc: this.ledger.doc, ledgerHalted: this.ledger.halted };
    const settled = quarantine({ ...input, goodInARow: Number.MAX_SAFE_INTEGER });
    this.goodInARow = settled === undefined ? this.goodInARow + (trust ? 1 : 0) : 0;
    this.quarantined = quarantine({ ...input, goodInARow: this.goodInARow });
  }

  /** Only what is wrong with this node, not with the chain: when both regions are unfit, the holder keeps going. */
  private unfit(facts: Facts, now: number): string {
    if (!facts.connected && now - this.connection.since >= nodeGoneMs) return "the node is not connected to its gate";
    const behind = lag(facts) ?? 0;
    this.behindSince = behind > 1 && this.ledger.up ? (this.behindSince ?? now) : undefined;
    const patienceMs = Math.max(nodeGoneMs, 2000 * this.config.blockTime);
    const since = this.behindSince === undefined ? undefined : Math.max(this.behindSince, this.ledger.upSince);
    return since !== undefined && now - since >= patienceMs ? `the node is ${behind} blocks behind the independent nodes` : "";
  }

  private async act(next: Plan): Promise<void> {
    if (next.do === "nothing") return;
    const sentAt = this.clock.now();
    let released = false;
    const outcome = await this.ledger.write((doc) => {
      const changed = this.change(next, doc);
      released = changed !== undefined && next.do === "release";
      return changed;
    });
    if (outcome === "written" && (next.do === "claim" || next.do === "renew")) this.lastRenewalSentAt = sentAt;
    if (released) this.lastRenewalSentAt = undefined;
    if (next.do !== "renew" || outcome !== "written") this.events.acted(next, outcome);
  }

  /** Applied to the newest document, which may have changed since the plan was made: a claim is given up then. */
  private change(next: Plan, doc: FenceDocument | undefined): FenceDocument | undefined {
    const { config, me } = this;
    if (next.do === "create") {
      const address = this.keys.key?.address;
      return doc || !address ? undefined : create({ lineage: randomUUID(), chain: config.instance, address, floor: next.floor });
    }
    if (!doc) return undefined;
    switch (next.do) {
      case "renew":
        return renew(doc, me);
      case "release":
        return release(doc, me, next.reason);
      case "halt":
        return doc.state === "HALTED" ? undefined : halt(doc, next.reason);
      case "claim": {
        if (isHolder(doc, me) || !this.freedom(this.clock.now()).free) return undefined;
        const heightFence = config.ledgerMode === "silent" && next.planned;
        return claim(doc, { me, reason: next.reason, automatic: next.automatic, at: new Date(this.clock.wall()).toISOString(), heightFence });
      }
      default:
        return undefined;
    }
  }
}
