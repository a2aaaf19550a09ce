import type { ProbeConfig } from "../../chains/probe-config";
import { catchUp, newAttendance, type Attendance } from "./attendance";
import { newestChange } from "./fresh-files";
import { readGate, type GateView } from "./gate";
import { readHead } from "./head";
import { setOrDrop, type ProbeMetrics } from "./metrics";
import { chainRpc, type ChainRpc, type Status } from "./rpc";

/** Blocks before the head that a new probe judges, so that a restart does not hide what just happened. */
const lookBack = 30;
/** Blocks judged in one look; a probe that was cut off catches up over several. */
const blocksPerLook = 50;
/** The own node is asked for blocks as long as it is no further than this behind the independent ones. */
const tolerableLag = 2;

/** What one look found; `/healthz` answers from it. */
export interface Finding {
  readonly at: number;
  readonly node?: Status;
  readonly referenceHeight?: number;
  readonly problems: readonly string[];
}

/** Looks at node, gate and independent nodes, and writes down what it saw. Its state lives as long as the probe. */
export class Look {
  private attendance: Attendance | undefined;
  private validator: string | undefined;
  private readonly node: ChainRpc;
  private readonly references: readonly { readonly address: string; readonly rpc: ChainRpc }[];

  constructor(
    private readonly config: ProbeConfig,
    private readonly metrics: ProbeMetrics,
  ) {
    this.node = chainRpc(config.node);
    this.references = config.references.map((address) => ({ address, rpc: chainRpc(address) }));
  }

  async once(): Promise<Finding> {
    const problems: string[] = [];
    const note = (what: string) => (error: unknown): undefined => void problems.push(`${what}: ${message(error)}`);
    const { gateStatus } = this.config;
    const [node, references, gate] = await Promise.all([
      readHead(this.config.node, this.config.head).catch(note("own node")),
      Promise.all(this.references.map(async ({ address, rpc }) => ({ rpc, status: await rpc.status().catch(note(address)) }))),
      gateStatus === undefined ? undefined : readGate(gateStatus).catch(note("gate")),
      ...this.config.freshFiles.map(async (glob) => this.metrics.freshFile(glob, await newestChange(glob))),
    ]);
    const referenceHeight = agreed(references.flatMap((reference) => (reference.status === undefined ? [] : [reference.status.height])));
    this.exportHeads(node, referenceHeight, gate);
    this.validator = gate?.validator ?? this.validator;
    if (this.validator !== undefined) {
      const source = chooseSource(this.node, node, references, referenceHeight);
      if (source !== undefined) {
        await this.attend(source.rpc, source.height, this.validator).catch(note("blocks"));
      }
    }
    return { at: Date.now(), node, referenceHeight, problems };
  }

  private exportHeads(node: Status | undefined, referenceHeight: number | undefined, gate: GateView | undefined): void {
    const { metrics } = this;
    metrics.up.set(node === undefined ? 0 : 1);
    if (node !== undefined) {
      metrics.headHeight.set(node.height);
      metrics.headTime.set(node.time / 1000);
      metrics.syncing.set(node.syncing ? 1 : 0);
    }
    setOrDrop(metrics.referenceHeight, referenceHeight);
    setOrDrop(metrics.leaseHeld, gate === undefined ? undefined : Number(gate.leaseHeld));
  }

  private async attend(chain: ChainRpc, head: number, validator: string): Promise<void> {
    const known = this.attendance?.address === validator ? this.attendance : newAttendance(validator, Math.max(0, head - lookBack));
    this.attendance = await catchUp(known, chain, head, blocksPerLook);
    // The independent node that was asked last time may have been ahead of this one.
    this.metrics.inSet.set((await chain.validators(Math.min(this.attendance.seen, head))).has(validator) ? 1 : 0);
    this.metrics.attendance(this.attendance);
  }
}

interface Reference {
  readonly rpc: ChainRpc;
  readonly status?: Status;
}

/** The chain is judged, not the node: when the own node is gone or behind, blocks come from an independent one. */
function chooseSource(node: ChainRpc, own: Status | undefined, references: readonly Reference[], agreedHeight: number | undefined): { rpc: ChainRpc; height: number } | undefined {
  if (own !== undefined && own.height + tolerableLag >= (agreedHeight ?? 0)) {
    return { rpc: node, height: own.height };
  }
  const reference = references.find(({ status }) => status !== undefined && status.height >= (agreedHeight ?? 0));
  return reference?.status === undefined ? undefined : { rpc: reference.rpc, height: reference.status.height };
}

/** The second highest of several heights: one node alone, lying or forked, decides nothing. */
export function agreed(heights: readonly number[]): number | undefined {
  const sorted = [...heights].sort((a, b) => b - a);
  return sorted[1] ?? sorted[0];
}

function message(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
}
