import type { ChainDefinition, ChainName } from "./definition";
import { cosmos, type CosmosNetwork, type CosmosSettings } from "./cosmos";
import { dummy, type DummyNetwork, type DummySettings } from "./dummy";

/** What an operator may write about a chain in a stack. A new chain is a new line here. */
export interface SettingsByChain {
  cosmos: CosmosSettings;
  dummy: DummySettings;
}

/** The networks of a chain, by name. */
export interface NetworksByChain {
  cosmos: CosmosNetwork;
  dummy: DummyNetwork;
}

export type NetworkOf<C extends ChainName> = NetworksByChain[C];

/** One chain on one network, as a stack declares it. */
export type ChainDeclaration = {
  [C in ChainName]: { readonly chain: C; readonly network: NetworkOf<C>; readonly settings: SettingsByChain[C] };
}[ChainName];

/** Every chain there is. The type is exhaustive: a name without a definition does not compile. */
export const chains: { readonly [C in ChainName]: ChainDefinition<SettingsByChain[C]> } = { cosmos, dummy };

export const chainNames = Object.keys(chains) as ChainName[];
