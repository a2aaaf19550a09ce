/**
 * What an environment is: plain data. Two identical regions, a witness in a third failure domain, one fence quorum over
 * the three, and the chains, declared once for both regions. Who produces is in no declaration: the gates decide it.
 */
import type { ChainDeclaration as ChainSettings } from "../chains";
import type { Milliseconds } from "../chains/definition";
import type { LeaseTiming } from "../chains/gate-config";
import type { Receivers } from "../components/platform/alertmanager";

/** IPv4 network in CIDR notation, e.g. `10.20.0.0/16`. */
export type Cidr = string;

/** `production` refuses ended and unverified networks without an acknowledgement; `lab` is one machine. */
export type Purpose = "production" | "staging" | "lab";

interface RegionBase {
  /** Unique in the environment; part of the stack names `<environment>-<region>-<layer>`. */
  readonly name: string;
}

export interface AwsZone {
  /** AWS's name, e.g. `eu-west-1a`. */
  readonly name: string;
  /** Load balancers and the NAT gateway. */
  readonly publicSubnet: Cidr;
  /** Nodes and, with the VPC CNI, their pods. */
  readonly privateSubnet: Cidr;
}

export interface AwsRegion extends RegionBase {
  readonly cloud: "aws";
  /** Twelve digits. The provider refuses to work in another account. */
  readonly account: string;
  readonly zones: readonly AwsZone[];
  readonly network: {
    /** Nodes and pods: the VPC CNI gives pods addresses of the VPC. */
    readonly vpc: Cidr;
    readonly services: Cidr;
    /** Networks that are routed to this one: offices, VPN clients, other environments. */
    readonly peers: readonly Cidr[];
  };
  /** Minor version of Kubernetes, e.g. `1.35`. */
  readonly kubernetesVersion: string;
  /** ARNs of the IAM roles that administer the cluster, by stable word. */
  readonly administrators: Readonly<Record<string, string>>;
  readonly nodes: {
    readonly instanceType: string;
    /** Nodes in each zone; a zone's group can grow to twice as many. */
    readonly perZone: number;
    /** Root volume in GiB. */
    readonly volumeGiB: number;
  };
  /** Days that control-plane and flow logs are kept. */
  readonly logDays: number;
  /** Where operators and this program reach the region's Vault. */
  readonly vault: { readonly address: string };
}

export interface LocalZone {
  readonly name: string;
  /** The machine that the node agent registers for the zone. */
  readonly node: string;
  readonly pods: Cidr;
}

export interface LocalRegion extends RegionBase {
  readonly cloud: "local";
  readonly zones: readonly LocalZone[];
  readonly network: { readonly pods: Cidr; readonly services: Cidr; readonly peers: readonly Cidr[] };
  /** The servers that the lab runs for this region. */
  readonly endpoints: { readonly kubernetes: string; readonly vault: string; readonly prometheus: string; readonly alertmanager: string };
}

/** A region, told apart by its cloud. Differences between clouds are fields here, never conditions in components. */
export type Region = AwsRegion | LocalRegion;

export interface Witness {
  readonly cloud: "aws" | "gcp" | "ibm" | "local";
  readonly region: string;
  /** Where its Consul server stands; gates of both regions may reach it. */
  readonly network: Cidr;
}

export interface Voter {
  /** The Consul server's node name. */
  readonly name: string;
  /** A region's name, or `witness`: what fails together. */
  readonly domain: string;
  /** The server's HTTP address, as gates dial it. Servers are dialled directly, never through a client agent. */
  readonly address: string;
}

export interface FenceDeclaration {
  readonly voters: readonly Voter[];
  /** One of `leaseProfiles`, or figures that hold the same inequalities. */
  readonly lease: LeaseTiming;
  /** Expected round trip between any two of the three failure domains, 99th percentile, in milliseconds. */
  readonly roundTripMs: Milliseconds;
}

/** A chain of the environment: it runs in both regions, and one of them produces. */
export type ChainDeclaration = ChainSettings & {
  /** The region that takes a fence document which nobody has held yet. */
  readonly preferredRegion: string;
  /**
   * Consensus address of the validator, as the chain prints it. Needed where another environment declares the same network: its gates
   * ask another quorum, so only different keys keep the two apart.
   */
  readonly validator?: string;
  /** Who accepted, and why, that a network which ended or is unverified is deployed to production. */
  readonly acknowledgement?: string;
};

export interface Environment {
  /** First part of all its stack names. */
  readonly name: string;
  readonly purpose: Purpose;
  readonly regions: readonly [Region, Region];
  readonly witness: Witness;
  readonly fence: FenceDeclaration;
  /** Who is told of alerts. Secret parts (the webhook's address, passwords) are files beside Alertmanager, never here. */
  readonly alerting: Receivers;
  readonly chains: readonly ChainDeclaration[];
}
