import type * as consul from "@pulumi/consul";
import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";
import type { LeaseTiming } from "../../chains/gate-config";
import type { ChainName } from "../../chains/definition";
import type { NetworkOf, SettingsByChain } from "../../chains";

/** Where somebody is reached from, or connects from: machines outside of the cluster, or pods of a namespace. */
export type NetworkPeer = { readonly cidrs: readonly string[] } | { readonly namespace: string };

/**
 * What a chain must know of the region it is placed in. The same for all chains of a region; it never says who is
 * active, because no stack knows that.
 */
export interface ChainPlacement {
  /** Name of the region, as in the stack's name, e.g. `a` or `eu-west-1`. */
  readonly region: string;
  readonly peerRegion: string;
  /** The region that takes a fence document nobody has held yet. Same value in both regions. */
  readonly preferredRegion: string;
  /** Consul's HTTP addresses with scheme and port, own region first. */
  readonly consul: {
    readonly addresses: readonly string[];
    /** Where network policies let the gate go. @default the addresses themselves, when their hosts are IPv4 addresses */
    readonly reach?: NetworkPeer;
  };
  /** The region's own Vault. It is not replicated to the peer. */
  readonly vault: {
    /** With scheme and port, e.g. `http://198.18.0.1:8200`. */
    readonly address: string;
    /** @default the address itself, when its host is an IPv4 address */
    readonly reach?: NetworkPeer;
  };
  /** Who may read the metrics ports. */
  readonly monitoring: NetworkPeer;
  /** How long leases last; checked in `stacks/check.ts`. */
  readonly lease: LeaseTiming;
  readonly storageClasses: { readonly fast: pulumi.Input<string>; readonly standard: pulumi.Input<string> };
  /**
   * Refuse to delete StatefulSet, namespace and Vault grant. False only where everything may be thrown away.
   * @default true
   */
  readonly protect?: boolean;
  /** One explicit provider each; default providers are disabled. */
  readonly providers: {
    readonly kubernetes: kubernetes.Provider;
    readonly vault: vault.Provider;
    readonly consul: consul.Provider;
  };
}

/** Arguments of every chain component: which network, with what settings, where. */
export interface ChainArgs<C extends ChainName = ChainName> {
  readonly network: NetworkOf<C>;
  readonly settings: SettingsByChain[C];
  readonly placement: ChainPlacement;
}

/** The providers in the form that a component hands down to its children. */
export function providersOf(placement: ChainPlacement): { kubernetes: kubernetes.Provider; vault: vault.Provider; consul: consul.Provider } {
  return { kubernetes: placement.providers.kubernetes, vault: placement.providers.vault, consul: placement.providers.consul };
}
