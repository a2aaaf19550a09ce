import type { ChainDefinition, ChainName, GateTiming, Process } from "../../chains/definition";
import type { ChainDeclaration } from "../types";

type AnyDefinition = Omit<ChainDefinition, "checkSettings" | "processes" | "gateTiming"> & {
  checkSettings(settings: unknown, network: string): readonly string[];
  processes(settings: unknown, network: string): readonly Process[];
  gateTiming(settings: unknown, network: string): GateTiming | undefined;
};

/** What the rules ask of the chain definitions. Unknown chains, networks and unusable settings answer with nothing: other rules report those. */
export interface Catalogue {
  readonly names: readonly string[];
  definition(chain: string): AnyDefinition | undefined;
  settingsProblems(declared: ChainDeclaration): readonly string[];
  processes(declared: ChainDeclaration): readonly Process[];
  gateTiming(declared: ChainDeclaration): GateTiming | undefined;
}

/** The definitions as the rules see them; tests hand in a table of their own. */
export function catalogueOf(table: { readonly [name: string]: unknown }): Catalogue {
  const definition = (chain: string): AnyDefinition | undefined => (Object.hasOwn(table, chain) ? (table[chain] as AnyDefinition) : undefined);
  const known = (declared: ChainDeclaration): AnyDefinition | undefined => {
    const found = definition(declared.chain);
    return found && Object.hasOwn(found.networks, declared.network) ? found : undefined;
  };
  const settingsProblems = (declared: ChainDeclaration): readonly string[] => known(declared)?.checkSettings(declared.settings, declared.network) ?? [];
  const usable = (declared: ChainDeclaration): AnyDefinition | undefined => (settingsProblems(declared).length === 0 ? known(declared) : undefined);
  return {
    names: Object.keys(table) as ChainName[],
    definition,
    settingsProblems,
    processes: (declared) => usable(declared)?.processes(declared.settings, declared.network) ?? [],
    gateTiming: (declared) => usable(declared)?.gateTiming(declared.settings, declared.network),
  };
}
