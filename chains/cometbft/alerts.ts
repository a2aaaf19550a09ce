import { instanceName, type AlertRule, type ChainName, type Seconds } from "../definition";

/** Consecutive missed heights that page: three blocks, or what passes in 15 s on chains with fast blocks. */
export function missedThreshold(blockTime: Seconds): number {
  return Math.max(3, Math.ceil(15 / blockTime));
}

/** Age of the newest known block at which a probe cannot see the chain any more. */
export function blindAfter(blockTime: Seconds): Seconds {
  return Math.max(30, Math.ceil(6 * blockTime));
}

/** The alerts of a CometBFT chain whose validator stands behind the gate. Every threshold follows from the block time. */
export function cometbftAlerts(chain: ChainName, network: string, blockTime: Seconds): AlertRule[] {
  const one = `chain="${chain}",network="${network}"`;
  const by = "chain, network, instance";
  const missed = missedThreshold(blockTime);
  const blind = blindAfter(blockTime);
  const who = instanceName(chain, network);
  return [
    {
      alert: "OutOfConsensus",
      cause: "missed",
      // The probe counts absent signatures in the chain's own commits, so restarts of node and gate do not matter.
      expr: `max by (${by}) (chainstead_validator_consecutive_missed{${one}}) >= ${missed}`,
      for: "0s",
      severity: "page",
      summary: `${who}: our validator is missing in ${missed} or more commits in a row`,
      action: "Run `chainstead status`. If neither region is active and nobody paused the chain, look at the gates' logs; if the quorum is down, restore it: the validator resumes by itself.",
    },
    {
      alert: "OutOfConsensus",
      cause: "not-in-set",
      // Jailed, unbonded or not yet joined: no commit can carry a signature of ours.
      expr: `max by (${by}) (max_over_time(chainstead_validator_in_set{${one}}[30s])) == 0`,
      for: "15s",
      severity: "page",
      summary: `${who}: our validator is not in the validator set`,
      action: "Look whether it was jailed or never joined. Find out why before it is unjailed: both regions must be healthy first.",
    },
    {
      alert: "NoProducer",
      cause: "no-lease",
      // As the gate of this region sees the one document of both; a silent gate is ProbeBlind's business.
      expr: `max by (${by}) (chainstead_lease_held{${one}}) == 0`,
      for: "15s",
      severity: "page",
      summary: `${who}: no region holds the lease`,
      action: "Run `chainstead status`: it prints which precondition keeps each gate from taking the role.",
    },
    {
      alert: "ConflictingContent",
      cause: "evidence",
      // First seen as well as increased: a counter that appears with 1 has no increase().
      expr: `max by (${by}) (increase(chainstead_evidence_total{${one}}[10m])) > 0 or (max by (${by}) (chainstead_evidence_total{${one}}) > 0 unless max by (${by}) (chainstead_evidence_total{${one}} offset 10m))`,
      for: "0s",
      severity: "page",
      summary: `${who}: the chain carries evidence that our validator signed two contents`,
      action: "Pause the chain (`chainstead pause`) and find the second signer before anything else. Never silence this one.",
    },
    {
      alert: "ConflictingContent",
      cause: "foreign-signature",
      expr: `max by (${by}) (chainstead_gate_doppelganger{${one}}) == 1`,
      for: "0s",
      severity: "page",
      summary: `${who}: the chain holds a signature of our key that the ledger does not know`,
      action: "Somebody else signs with this key. The gates have halted; find that signer, then read `chainstead history` before anything is resumed.",
    },
    {
      alert: "ProbeBlind",
      cause: "blind",
      expr: [
        `absent(chainstead_probe_up{${one}})`,
        `absent(chainstead_lease_held{${one}})`,
        `min by (${by}, region) (chainstead_probe_up{${one}}) == 0`,
        `max by (${by}, region) (time() - chainstead_head_time_seconds{${one}}) > ${blind}`,
        `max by (${by}, region) (chainstead_reference_height{${one}} - chainstead_head_height{${one}}) > ${missed}`,
      ].join("\n or "),
      for: "20s",
      severity: "page",
      summary: `${who}: the chain cannot be judged from this region: probe down, node behind or no new block for ${blind} s`,
      action: "Look at the node's pod in the region that the alert names. While a probe is blind the other alerts prove nothing there.",
    },
  ];
}
