import type * as pulumi from "@pulumi/pulumi";
import type { ChainName } from "../../chains/definition";
import { Cosmos } from "./cosmos";
import { Dummy } from "./dummy";
import type { ChainArgs } from "./placement";

export { Cosmos, Dummy };
export type { ChainArgs, ChainPlacement, NetworkPeer } from "./placement";

/** What every chain component tells the layer that declared it. */
export interface ChainComponent extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly workload: pulumi.Output<string>;
}

type ChainConstructor<C extends ChainName> = new (name: string, args: ChainArgs<C>, opts?: pulumi.ComponentResourceOptions) => ChainComponent;

/** The component of every chain. A name without one does not compile. */
export const chainComponents: { readonly [C in ChainName]: ChainConstructor<C> } = { cosmos: Cosmos, dummy: Dummy };

/** Builds a declared chain: the one place where a name becomes a class. */
export function createChain<C extends ChainName>(chain: C, name: string, args: ChainArgs<C>, opts?: pulumi.ComponentResourceOptions): ChainComponent {
  return new chainComponents[chain](name, args, opts);
}
