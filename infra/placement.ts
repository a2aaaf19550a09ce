/** What a chain is told about the region that it is placed in. The same for both regions, up to their names and addresses. */
import type { ChainPlacement } from "../components/chains/placement";
import type { ChainDeclaration, Environment, Region } from "../stacks/types";
import type { Platform } from "./contracts";

type Servers = Pick<ChainPlacement, "consul" | "vault" | "monitoring">;

/** Addresses of the quorum as a gate should try them: its own region first, then the peer, then the witness. */
export function quorumAddresses(environment: Environment, region: Region): readonly string[] {
  const regions = environment.regions.map((each) => each.name);
  const rank = (domain: string): number => (domain === region.name ? 0 : regions.includes(domain) ? 1 : 2);
  return [...environment.fence.voters].sort((x, y) => rank(x.domain) - rank(y.domain)).map((voter) => voter.address);
}

export function placementOf(environment: Environment, region: Region, peer: Region, declared: ChainDeclaration, platform: Platform, providers: ChainPlacement["providers"]): ChainPlacement {
  return {
    region: region.name,
    peerRegion: peer.name,
    preferredRegion: declared.preferredRegion,
    ...serversOf(environment, region, peer),
    lease: environment.fence.lease,
    storageClasses: { fast: platform.storageClasses.fast, standard: platform.storageClasses.standard },
    protect: environment.purpose !== "lab",
    providers,
  };
}

function serversOf(environment: Environment, region: Region, peer: Region): Servers {
  const addresses = quorumAddresses(environment, region);
  switch (region.cloud) {
    case "aws":
      return {
        // Names, not addresses: the policy lets gates go wherever a voter can stand.
        consul: { addresses, reach: { cidrs: [machines(region), machines(peer), environment.witness.network] } },
        // Inside the cluster, so that a pod needs no way out of it for its key.
        vault: { address: "https://vault-active.vault.svc:8200", reach: { namespace: "vault" } },
        monitoring: { namespace: "monitoring" },
      };
    case "local":
      return { consul: { addresses }, vault: { address: region.endpoints.vault }, monitoring: { cidrs: [`${new URL(region.endpoints.prometheus).hostname}/32`] } };
  }
}

/** Where a region's machines have their addresses. */
function machines(region: Region): string {
  return region.cloud === "aws" ? region.network.vpc : region.network.pods;
}
