import type * as kubernetes from "@pulumi/kubernetes";
import { gatePort, probePort } from "../../chains/gate-config";
import type { Process } from "../../chains/definition";
import { instanceLabels, isGated, selectorLabels, workloadName, type ChainInstance } from "./instance";
import type { NetworkPeer } from "./placement";

type PolicyArgs = kubernetes.networking.v1.NetworkPolicyArgs;
type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;
type IngressRule = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;
type EgressRule = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;

const anywhere: Peer = { ipBlock: { cidr: "0.0.0.0/0" } };

/** What a process may be reached by and may reach. Everything else is refused by the namespace's default deny. */
export function trafficPolicy(instance: ChainInstance, process: Process): PolicyArgs {
  return {
    metadata: { name: workloadName(instance, process), namespace: instance.namespace, labels: instanceLabels(instance) },
    spec: {
      podSelector: { matchLabels: selectorLabels(instance, process) },
      policyTypes: ["Ingress", "Egress"],
      ingress: ingress(instance, process),
      egress: egress(instance, process),
    },
  };
}

function ingress(instance: ChainInstance, process: Process): IngressRule[] {
  const exposed = (exposure: string): number[] => process.ports.filter((port) => port.exposure === exposure).map((port) => port.number);
  const peers = process.ports.filter((port) => port.exposure === "public");
  const rules: IngressRule[] = [];
  if (peers.length > 0) {
    rules.push({ from: [anywhere], ports: peers.map((port) => ({ port: port.number, protocol: port.protocol })) });
  }
  const metrics = [...exposed("cluster"), ...(isGated(process) ? [gatePort] : []), probePort];
  rules.push({ from: peersOf(instance.placement.monitoring), ports: tcp(metrics) });
  if (exposed("cluster").length > 0) {
    rules.push({ from: [{ podSelector: {} }], ports: tcp(exposed("cluster")) });
  }
  return rules;
}

function egress(instance: ChainInstance, process: Process): EgressRule[] {
  const { definition, facts, placement } = instance;
  const rules: EgressRule[] = [
    {
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    },
  ];
  const outside = unique([...definition.runtimeRules.outboundPorts, ...facts.peers.map(portOf), ...facts.references.map(portOf)]);
  if (outside.length > 0) {
    rules.push({ to: [anywhere], ports: tcp(outside) });
  }
  if (isGated(process)) {
    const { consul, vault } = placement;
    rules.push({ to: peersOf(consul.reach ?? hostsOf(instance, "consul", consul.addresses)), ports: tcp(unique(consul.addresses.map(portOf))) });
    rules.push({ to: peersOf(vault.reach ?? hostsOf(instance, "vault", [vault.address])), ports: tcp([portOf(vault.address)]) });
  }
  return rules;
}

function peersOf(peer: NetworkPeer): Peer[] {
  if ("namespace" in peer) {
    return [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } } }];
  }
  return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

function tcp(ports: readonly number[]): { port: number; protocol: string }[] {
  return ports.map((port) => ({ port, protocol: "TCP" }));
}

/** A network policy knows addresses only; a host name needs `reach` beside it. */
function hostsOf(instance: ChainInstance, what: "consul" | "vault", addresses: readonly string[]): NetworkPeer {
  const hosts = unique(addresses.map((address) => new URL(address).hostname));
  const names = hosts.filter((host) => !/^\d{1,3}(\.\d{1,3}){3}$/.test(host));
  if (names.length > 0) {
    throw new Error(`${instance.name}: placement.${what} has the host name ${names.join(", ")}, which a NetworkPolicy cannot hold; set placement.${what}.reach to its CIDRs or its namespace`);
  }
  return { cidrs: hosts.map((host) => `${host}/32`) };
}

/** Port of a URL or of a peer `<id>@<host>:<port>`. */
function portOf(address: string): number {
  const given = /:(\d+)$/.exec(address.replace(/\/+$/, ""))?.[1];
  if (given !== undefined) {
    return Number(given);
  }
  return address.startsWith("https:") ? 443 : 80;
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
