import type { Network } from "./definition";
import { worldPeers, worldProfiles, worldReferences } from "./cometbft/world";

export type CosmosNetwork = "mainnet" | "testnet" | "local" | "local-fast";

/**
 * Seeds and RPC addresses: github.com/cosmos/chain-registry at 627bbab9c8e5 (2026-08-21), `cosmoshub/chain.json` and
 * `testnets/cosmosicsprovidertestnet/chain.json`. They are run by third parties and change; the registry is the place
 * to look when one is gone.
 */
export const cosmosNetworks: Readonly<Record<CosmosNetwork, Network>> = {
  mainnet: {
    chainId: "cosmoshub-4",
    status: "live",
    statusNote: "Genesis and a snapshot must be on the volume before the first start; restoring them is not automatic yet.",
    // About 6 s, read off the chain's explorers; not measured by us.
    blockTime: 6,
    peers: [
      "ade4d8bc8cbe014af6ebdf3cb7b1e9ad36f412c0@seeds.polkachu.com:14956",
      "20e1000e88125698264454a884812746c2eb4807@seeds.lavenderfive.com:14956",
      "57a5297537b9b6ef8b105c08a8ad3f6ac452c423@seeds.goldenratiostaking.net:1618",
      "8542cd7e6bf9d260fef543bc49e59be5a3fa9074@seed.publicnode.com:26656",
    ],
    references: ["https://cosmos-rpc.quickapi.com:443", "https://rpc-cosmoshub.ecostake.com:443", "https://cosmos.rpc.uquad.org:443"],
    snapshots: ["https://quicksync.io/cosmos", "https://polkachu.com/tendermint_snapshots/cosmos"],
  },
  /** The Interchain Security provider testnet, on which Gaia releases are rehearsed. Its chain id is really `provider`. */
  testnet: {
    chainId: "provider",
    status: "live",
    statusNote: "Runs release candidates of Gaia (v28.0.0-rc0 in the registry); the image pin follows the Hub's own version.",
    blockTime: 6,
    peers: ["08ec17e86dac67b9da70deb20177655495a55407@provider-seed-01.hub-testnet.polypore.xyz:26656", "4ea6e56300a2f37b90e58de5ee27d1c9065cf871@provider-seed-02.hub-testnet.polypore.xyz:26656"],
    references: ["https://rpc.provider-sentry-01.hub-testnet.polypore.xyz:443", "https://rpc.provider-sentry-02.hub-testnet.polypore.xyz:443"],
    snapshots: ["https://snapshots.polkachu.com/testnet-snapshots/cosmos/"],
  },
  local: worldNetwork("local", 5),
  "local-fast": worldNetwork("local-fast", 1),
};

function worldNetwork(network: "local" | "local-fast", blockTime: number): Network {
  return {
    chainId: worldProfiles[network].chainId,
    status: "live",
    statusNote: "The local environment's own CometBFT v1.0.1 network with the kvstore application; no Cosmos SDK.",
    blockTime,
    peers: worldPeers(),
    references: worldReferences(),
    snapshots: [],
  };
}
