import { gatePort } from "../gate-config";
import type { ChainDefinition, Fence, HeadProbe, IdentityProbe, Port, ProbeSpec } from "../definition";

/** What all CometBFT chains have in common. */

export const cometbftPorts: readonly Port[] = [
  { name: "p2p", number: 26656, protocol: "TCP", exposure: "public", purpose: "gossip with peers" },
  { name: "rpc", number: 26657, protocol: "TCP", exposure: "cluster", purpose: "status, blocks and commits; read by gate, probe and tools" },
  { name: "metrics", number: 26660, protocol: "TCP", exposure: "cluster", purpose: "the node's own Prometheus metrics" },
];

export const cometbftHead: HeadProbe = {
  kind: "cometbft-rpc",
  port: 26657,
  path: "/status",
  height: "result.sync_info.latest_block_height",
  headTime: "result.sync_info.latest_block_time",
  syncing: "result.sync_info.catching_up",
};

/** The node's own `/status` is frozen at its start and shows a decoy or a former key, so the gate is asked. */
export const gateIdentity: IdentityProbe = { kind: "gate-status", port: gatePort, path: "/status", key: "key.address" };

export const ledgerFence: Fence = {
  kind: "ledger",
  protocol: "cometbft-privval",
  why: "The node has no key. The gate records every signature by compare-and-set in one document before it lets it go, so two contents for one height, round and step cannot both be released, whatever pauses, partitions or clocks do.",
};

const health = { kind: "http", path: "/health", port: 26657 } as const;

/**
 * `/health` answers 200 even when the node is behind; lag is the probe's own readiness. Whether a restart would help is
 * the gate's to say: a node whose gate waits for the quorum stands still on purpose, and would only lose the held step.
 */
export const nodeProbes: { readonly startup: ProbeSpec; readonly readiness: ProbeSpec; readonly liveness: ProbeSpec } = {
  startup: { ...health, periodSeconds: 2, failureThreshold: 300 },
  readiness: { ...health, periodSeconds: 5, failureThreshold: 3 },
  // Up to 9 s on top of the gate's own patience of 15 s at most keeps the whole recovery within 30 s.
  liveness: { kind: "http", path: "/nodez", port: gatePort, periodSeconds: 3, failureThreshold: 3 },
};

export const cometbftProtectedState: readonly string[] = [
  "data/priv_validator_state.json",
  // Made by the node at first start and unused behind a gate; a backup must not mistake it for the identity.
  "data/priv_validator_key.json",
  // Two nodes with one p2p identity throw each other out.
  "data/node_key.json",
];

export const cometbftLogEvents: ChainDefinition["logEvents"] = [
  { name: "consensus_failure", pattern: "CONSENSUS FAILURE!!!", meaning: "the node stopped taking part for good; it needs a restart, often another version" },
  { name: "byzantine_evidence", pattern: "verified new evidence of byzantine behavior", meaning: "somebody signed two contents; page when it is us" },
  { name: "sign_given_up", pattern: "exhausted all attempts to sign", meaning: "one step was lost after the gate could not answer for minutes" },
  { name: "signer_lost", pattern: "can't get pubkey", meaning: "no gate behind the socket at start; the node exits" },
];
