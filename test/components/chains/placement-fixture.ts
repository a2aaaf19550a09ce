import * as consul from "@pulumi/consul";
import * as kubernetes from "@pulumi/kubernetes";
import * as vault from "@pulumi/vault";
import type { ChainPlacement } from "../../../components/chains/placement";

/** The placement of region `a` in the local environment, with providers of its own. */
export function placement(overrides: Partial<ChainPlacement> = {}): ChainPlacement {
  return {
    ...dataOnly,
    providers: {
      kubernetes: new kubernetes.Provider("kubernetes-a", { kubeconfig: "{}" }),
      vault: new vault.Provider("vault-a", { address: dataOnly.vault.address }),
      consul: new consul.Provider("consul-a", { address: "198.18.0.11:8500" }),
    },
    ...overrides,
  };
}

/** The same without providers, for tests of pure functions. */
export const dataOnly: Omit<ChainPlacement, "providers"> = {
  region: "a",
  peerRegion: "b",
  preferredRegion: "a",
  consul: { addresses: ["http://198.18.0.11:8500", "http://198.18.0.21:8500"] },
  vault: { address: "http://198.18.0.1:8200" },
  monitoring: { cidrs: ["198.18.0.1/32"] },
  lease: { renewMs: 1000, leaseMs: 4000, waitMs: 5000, raftMultiplier: 1 },
  storageClasses: { fast: "fast", standard: "standard" },
  protect: false,
};
