/**
 * The whole on one machine: the main job's environment. Every site is a network namespace of its own, so the addresses are constants:
 * 198.18.0.0/15 is reserved for tests of networks (RFC 2544) and never routed.
 */
import { leaseProfiles } from "./lease-profiles";
import type { Environment, LocalRegion, Voter } from "./types";

function region(name: string, site: string, pods: string, services: string, zonePods: readonly string[]): LocalRegion {
  return {
    cloud: "local",
    name,
    zones: zonePods.map((cidr, i) => ({ name: `${name}${i + 1}`, node: `node-${name}${i + 1}`, pods: cidr })),
    network: { pods, services, peers: [] },
    endpoints: {
      kubernetes: `https://${site}:6443`,
      vault: `http://${site}:8200`,
      prometheus: `http://${site}:9090`,
      alertmanager: `http://${site}:9093`,
    },
  };
}

function voter(name: string, domain: string, address: string): Voter {
  return { name, domain, address: `http://${address}:8500` };
}

export const local: Environment = {
  name: "local",
  purpose: "lab",
  regions: [
    region("a", "198.18.0.1", "198.18.16.0/20", "198.19.0.0/20", ["198.18.16.0/24", "198.18.17.0/24", "198.18.18.0/24"]),
    region("b", "198.18.0.2", "198.18.32.0/20", "198.19.16.0/20", ["198.18.32.0/24", "198.18.33.0/24", "198.18.34.0/24"]),
  ],
  witness: { cloud: "local", region: "witness", network: "198.18.0.31/32" },
  fence: {
    voters: [
      voter("consul-a1", "a", "198.18.0.11"),
      voter("consul-a2", "a", "198.18.0.12"),
      voter("consul-b1", "b", "198.18.0.21"),
      voter("consul-b2", "b", "198.18.0.22"),
      voter("consul-w1", "witness", "198.18.0.31"),
    ],
    // Both chains are fenced by the ledger or need no fence, so the short lease is allowed.
    lease: leaseProfiles.fast,
    roundTripMs: 2,
  },
  alerting: {
    slack: {},
    smtp: { smarthost: "198.18.0.50:9302", from: "alertmanager@chainstead.invalid", to: "operators@chainstead.invalid", tls: false },
  },
  chains: [
    // Drills fail over more often in an hour than any incident: the budget that stops flapping would stop them.
  { chain: "cosmos", network: "local", settings: { failoversPerHour: 1000 }, preferredRegion: "a" },
    { chain: "dummy", network: "local", settings: {}, preferredRegion: "a" },
  ],
};
