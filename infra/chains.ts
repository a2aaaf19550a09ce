/** What the region's Vault and quorum hold for the chains, then the chains. */
import { chains } from "../chains";
import { instanceName } from "../chains/definition";
import { createChain } from "../components/chains";
import type { ChainPlacement } from "../components/chains/placement";
import { VaultAccess, type ServiceAccount } from "../components/platform/vault-access";
import type { ChainDeclaration, Environment, Region } from "../stacks/types";
import type { Access } from "./access";
import type { chainsContract, Foundation, OutputsOf, Platform } from "./contracts";
import { placementOf, quorumAddresses } from "./placement";
import { consulProvider, kubernetesProvider, vaultProvider } from "./providers";

export function buildChains(
  environment: Environment,
  region: Region,
  peer: Region,
  foundation: Foundation,
  platform: Platform,
  access: Access,
): OutputsOf<typeof chainsContract> {
  const providers = {
    kubernetes: kubernetesProvider(region, foundation, access),
    vault: vaultProvider(region, access),
    consul: consulProvider(region, quorumAddresses(environment, region)),
  };
  const vaultAccess = buildVaultAccess(environment, region, foundation, providers);
  for (const declared of environment.chains) {
    const { chain, network, settings } = declared;
    createChain(chain, instanceName(chain, network), { network, settings, placement: placementOf(environment, region, peer, declared, platform, providers) }, { dependsOn: [vaultAccess] });
  }
  return { contract: 1, instances: environment.chains.map((declared) => instanceName(declared.chain, declared.network)) };
}

function buildVaultAccess(
  environment: Environment,
  region: Region,
  foundation: Foundation,
  providers: ChainPlacement["providers"],
): VaultAccess {
  const inside = region.cloud !== "local";
  return new VaultAccess(
    `${environment.name}-${region.name}-vault`,
    {
      kubernetesHost: inside ? "https://kubernetes.default.svc" : foundation.cluster.endpoint,
      ...(inside ? {} : { certificateAuthority: foundation.cluster.certificateAuthority.apply((base64) => Buffer.from(base64, "base64").toString("utf8")) }),
      reviewer: inside ? "vault" : "client",
      accounts: environment.chains.flatMap(gatedAccounts),
      kubernetesProvider: providers.kubernetes,
      protect: environment.purpose !== "lab",
    },
    { provider: providers.vault },
  );
}

/** Service accounts of the processes that fetch a key. */
function gatedAccounts(declared: ChainDeclaration): readonly ServiceAccount[] {
  const instance = instanceName(declared.chain, declared.network);
  return chains[declared.chain]
    .processes(declared.settings as never, declared.network)
    .filter((process) => process.fence.kind === "ledger")
    .map((process) => ({ word: `${instance}-${process.name}`, namespace: `chain-${instance}`, name: `${instance}-${process.name}` }));
}
