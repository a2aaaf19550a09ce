import type { GateStatus } from "../../agents/gate/status";
import { gatePort } from "../../chains/gate-config";
import type { ChainPod } from "./pods";

/** What a gate says of itself, or why it says nothing. */
export type GateAnswer = { readonly status: GateStatus } | { readonly silent: string };

/** Asks the gate of a pod. Never throws: a gate that does not answer is what an operator wants to see. */
export async function askGate(pod: Pick<ChainPod, "ip">, timeoutMs = 1_500): Promise<GateAnswer> {
  if (pod.ip === undefined) return { silent: "the pod has no address yet" };
  try {
    const response = await fetch(`http://${pod.ip}:${gatePort}/status`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { silent: `the gate answered ${response.status}` };
    return { status: (await response.json()) as GateStatus };
  } catch (error) {
    const cause = (error as Error).cause;
    const why = (error as Error).name === "TimeoutError" ? `no answer within ${timeoutMs / 1000} s` : cause instanceof Error ? cause.message : (error as Error).message;
    return { silent: `the gate at ${pod.ip}:${gatePort} does not answer: ${why}` };
  }
}
