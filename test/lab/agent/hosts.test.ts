import { hostnameOf, renderHosts } from "../../../lab/agent/hosts";
import type { EndpointSlice, Service } from "../../../lab/agent/kube-types";
import { aPod, meta, view } from "./fixtures";

const service = (name: string, namespace: string, spec: Service["spec"] = {}): Service => ({ metadata: meta(name, namespace), spec });
const slice = (of: string, namespace: string, endpoints: EndpointSlice["endpoints"], addressType = "IPv4"): EndpointSlice => ({
  metadata: { ...meta(`${of}-x`, namespace), labels: { "kubernetes.io/service-name": of } },
  addressType,
  endpoints,
});

it("resolves Services to their ready endpoints, and pods of a StatefulSet by name", () => {
  const objects = view({
    services: [service("cosmos", "chain", { clusterIP: "None" }), service("vault", "vault", { clusterIP: "198.19.0.9" }), service("out", "chain", { type: "ExternalName" })],
    slices: [
      slice("cosmos", "chain", [{ addresses: ["198.18.16.2"], hostname: "cosmos-node-0" }]),
      slice("cosmos", "chain", [{ addresses: ["198.18.17.2"], conditions: { ready: false } }]),
      slice("cosmos", "chain", [{ addresses: ["fd00::1"] }], "IPv6"),
      slice("vault", "vault", [{ addresses: ["198.18.0.1"] }]),
      slice("vault", "other", [{ addresses: ["198.18.0.66"] }]),
    ],
  });
  expect(renderHosts(aPod({ subdomain: "cosmos" }), "198.18.16.2", objects)).toBe(
    [
      "127.0.0.1 localhost",
      "::1 localhost ip6-localhost ip6-loopback",
      "198.18.16.2 cosmos-node-0.cosmos.chain.svc.cluster.local cosmos-node-0",
      "198.18.0.1 vault.vault.svc.cluster.local vault.vault.svc vault.vault",
      "198.18.16.2 cosmos-node-0.cosmos.chain.svc.cluster.local cosmos-node-0.cosmos.chain.svc cosmos-node-0.cosmos.chain cosmos-node-0.cosmos",
      "198.18.16.2 cosmos.chain.svc.cluster.local cosmos.chain.svc cosmos.chain cosmos",
      "",
    ].join("\n"),
  );
});

it("cuts a host name to what the kernel holds", () => {
  expect(hostnameOf(aPod({}, { name: "x".repeat(80) }))).toHaveLength(63);
  expect(hostnameOf(aPod({ hostname: "own" }))).toBe("own");
});
