import { createHash } from "node:crypto";
import type { GateConfig } from "../../chains/gate-config";
import type { Bell, Clock } from "./clock";
import { decide, type Ask, type Decision, type Role, type Situation } from "./decide";
import { record, stepName, type FenceDocument, type Holder, type Step } from "./document";
import type { SigningKey } from "./key";
import type { Ledger } from "./ledger";
import { isNilBlock, voteType, type BlockId, type Proposal, type Timestamp, type Vote } from "./wire/consensus";
import { extensionSignBytes, proposalSignBytes, voteContent, voteSignBytes } from "./wire/canonical";
import type { Request, Response } from "./wire/messages";

export type Outcome = "written" | "replayed" | "refused" | "held";

export interface SignerEvents {
  outcome(outcome: Outcome, step: Ask, reason?: string, detail?: string): void;
}

export interface SignerSettings extends Pick<GateConfig, "chainId" | "ledgerMode" | "followMs" | "commitTimeoutMs" | "lockRule" | "holdSeconds"> {
  readonly me: Holder;
}

/** What the signer asks of the rest of the gate, at the moment it needs it. */
export interface SignerView {
  role(): Role;
  /** The real key; undefined until it is loaded, and whenever it may not be used. */
  key(): SigningKey | undefined;
  /** The key to show to the node: the real one or the decoy. */
  shown(): SigningKey;
  chainHeight(): number | undefined;
  /** Monotonic time at which the chain was first seen at that height. */
  chainHeightSince(): number;
}

type SignRequest = Extract<Request, { kind: "vote" | "proposal" }>;

/** CometBFT passes any code on; these keep ours apart from transport errors. */
const refusalCode = 1;
const heightsRemembered = 3;
/** Nothing is awaited longer without looking again, even if no bell rings. */
const lookAgainMs = 1000;
/** After a write that did not happen. */
const pauseMs = 10;

/** Answers one node's requests by the ledger. Holds no state that safety depends on. */
export class Signer {
  /** When each step was first asked for, monotonic. */
  private readonly firstAsked = new Map<string, { at: number; h: number }>();
  private lockedHere: { h: number; block: string } | undefined;
  lastSigned: (Ask & { outcome: Outcome }) | undefined;
  /** Whether the node was last shown the real key. */
  lastShownReal = false;
  /** Height of the newest step this node lost: refused, or shown the decoy. */
  lastRefusedHeight = 0;

  constructor(
    private readonly settings: SignerSettings,
    private readonly ledger: Ledger,
    private readonly view: SignerView,
    private readonly clock: Clock,
    private readonly bell: Bell,
    private readonly events: SignerEvents,
  ) {}

  /** Undefined when the connection was closed before an answer was found: the node will ask again. */
  async answer(request: Request, signal: AbortSignal): Promise<Response | undefined> {
    switch (request.kind) {
      case "ping":
        return { kind: "ping" };
      case "pubkey": {
        const shown = this.view.shown();
        this.lastShownReal = shown === this.view.key();
        return { kind: "pubkey", publicKey: shown.publicKey };
      }
      case "bytes":
        return { kind: "error", to: "bytes", code: refusalCode, description: "this gate signs votes and proposals only" };
      default:
        return this.sign(request, signal);
    }
  }

  private async sign(request: SignRequest, signal: AbortSignal): Promise<Response | undefined> {
    const wrong = this.malformed(request);
    if (wrong !== undefined) return this.refusal(request, wrong);
    const ask = asked(request, this.settings.chainId);
    const timestamp = request.kind === "vote" ? request.vote.timestamp : request.proposal.timestamp;
    const began = this.remember(ask);
    let held = false;
    while (!signal.aborted) {
      const decision = decide(ask, this.situation(this.ledger.doc, began));
      switch (decision.kind) {
        case "record": {
          const outcome = await this.ledger.write((doc) => this.grant(ask, timestamp, began, doc));
          if (outcome === "written" && !signal.aborted) return this.release(request, ask, timestamp, "written");
          // Not written: decide anew. Written but nobody waits any more: when the node asks again it is replayed.
          if (outcome === "nothing" || outcome === "unknown") await this.bell.wait(pauseMs, signal);
          break;
        }
        case "replay":
          return this.release(request, ask, decision.entry.timestamp, "replayed");
        case "refuse":
          this.lastRefusedHeight = Math.max(this.lastRefusedHeight, ask.h);
          this.events.outcome("refused", ask, decision.reason, decision.detail);
          return this.refusal(request, `${decision.reason}: ${decision.detail}`);
        case "hold":
          if (!held) this.events.outcome("held", ask, undefined, decision.why);
          held = true;
          await this.bell.wait(lookAgainMs, signal);
          break;
        case "wait":
          await this.bell.wait(Math.min(decision.ms, lookAgainMs), signal);
          break;
      }
    }
    return undefined;
  }

  /** Decides again on the very document that the compare-and-set will replace. */
  private grant(ask: Ask, timestamp: Timestamp, began: number, doc: FenceDocument | undefined): FenceDocument | undefined {
    const again: Decision = decide(ask, this.situation(doc, began));
    const key = this.view.key();
    if (again.kind !== "record" || !doc || doc.address !== key?.address) return undefined;
    const { h, r, step, contentId, block } = ask;
    return record(doc, { h, r, step, contentId, block, timestamp, writer: this.settings.me });
  }

  private situation(doc: FenceDocument | undefined, began: number): Situation {
    const now = this.clock.now();
    const { ledgerMode, followMs, commitTimeoutMs, lockRule, holdSeconds, me } = this.settings;
    return {
      doc,
      ledgerUp: this.ledger.up,
      halted: this.ledger.halted,
      // Without the right key nothing can be signed, whatever the role: the node is kept waiting.
      role: doc !== undefined && this.view.key()?.address === doc.address ? this.view.role() : "quarantine",
      me,
      waitedMs: now - Math.max(began, this.ledger.upSince),
      heldMs: now - began,
      chainHeight: this.view.chainHeight(),
      chainHeightMs: now - this.view.chainHeightSince(),
      commitTimeoutMs,
      lockedHere: this.lockedHere,
      ledgerMode,
      followMs,
      lockRule,
      holdMs: holdSeconds * 1000,
    };
  }

  /** The ledger has it: make the signature. The key is looked up last, so that a key that went away is not used. */
  private release(request: SignRequest, ask: Ask, timestamp: Timestamp, outcome: "written" | "replayed"): Response | undefined {
    const key = this.view.key();
    if (!key || key.address !== this.ledger.doc?.address) return this.refusal(request, "identity: the key does not belong to the fence document");
    const { chainId } = this.settings;
    this.events.outcome(outcome, ask);
    this.lastSigned = { ...ask, outcome };
    if (request.kind === "proposal") {
      return { kind: "proposal", proposal: { ...request.proposal, signature: key.sign(proposalSignBytes(chainId, request.proposal)) } };
    }
    const vote: Vote = { ...request.vote, timestamp };
    const extended = vote.type === voteType.precommit && !isNilBlock(vote.blockId);
    if (extended) this.lockedHere = { h: ask.h, block: ask.block };
    // Extensions are not deterministic and make no evidence; upstream's file signer signs them anew each time as well.
    const extensionSignature = extended && !request.skipExtension ? key.sign(extensionSignBytes(chainId, vote)) : Buffer.alloc(0);
    return { kind: "vote", vote: { ...vote, signature: key.sign(voteSignBytes(chainId, vote)), extensionSignature } };
  }

  private malformed(request: SignRequest): string | undefined {
    if (request.chainId !== this.settings.chainId) return `chain: the node asks for chain ${request.chainId}, this gate signs for ${this.settings.chainId}`;
    const message: Vote | Proposal = request.kind === "vote" ? request.vote : request.proposal;
    const known: readonly number[] = request.kind === "vote" ? [voteType.prevote, voteType.precommit] : [voteType.proposal];
    if (!known.includes(message.type)) return `type: ${message.type} is not a type of ${request.kind}`;
    if (message.height < 1 || message.round < 0) return `height: ${message.height}/${message.round} is not a height and round`;
    return undefined;
  }

  private refusal(request: SignRequest, description: string): Response {
    return { kind: "error", to: request.kind, code: refusalCode, description };
  }

  private remember(ask: Ask): number {
    const name = `${stepName(ask)} ${ask.contentId}`;
    const known = this.firstAsked.get(name);
    if (known) return known.at;
    for (const [old, { h }] of this.firstAsked) if (h <= ask.h - heightsRemembered) this.firstAsked.delete(old);
    const at = this.clock.now();
    this.firstAsked.set(name, { at, h: ask.h });
    return at;
  }
}

/** Reduces a request to what decides. A proposal's content includes its timestamp: the node keeps its own, so only the identical one can be replayed. */
export function asked(request: SignRequest, chainId: string): Ask {
  if (request.kind === "proposal") {
    const p = request.proposal;
    return { h: p.height, r: p.round, step: 1, contentId: sha256(proposalSignBytes(chainId, p)), block: blockName(p.blockId) };
  }
  const v = request.vote;
  const step: Step = v.type === voteType.prevote ? 2 : 3;
  return { h: v.height, r: v.round, step, contentId: sha256(voteContent(chainId, v)), block: blockName(v.blockId) };
}

function blockName(id: BlockId): string {
  return isNilBlock(id) ? "" : id.hash.toString("hex");
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
