import { cosmos } from "../../../chains/cosmos";
import { describeInstance, processOf, type ChainInstance } from "../../../components/chains/instance";
import type { ChainPlacement } from "../../../components/chains/placement";
import { trafficPolicy } from "../../../components/chains/traffic";
import { dataOnly } from "./placement-fixture";

const instance = (overrides: Partial<ChainPlacement> = {}, network = "local"): ChainInstance => describeInstance(cosmos, `cosmos-${network}`, { network, settings: {}, placement: { ...dataOnly, ...overrides } as ChainPlacement });
const policy = (of: ChainInstance): unknown => trafficPolicy(of, processOf(of, "node")).spec;
const tcp = (...ports: number[]): { port: number; protocol: string }[] => ports.map((port) => ({ port, protocol: "TCP" }));

describe("trafficPolicy", () => {
  it("opens exactly what the local validator needs", () => {
    expect(policy(instance())).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/instance": "cosmos-local", "chainstead.dev/process": "node" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: tcp(26656) },
        { from: [{ ipBlock: { cidr: "198.18.0.1/32" } }], ports: tcp(26657, 26660, 9470, 9471) },
        { from: [{ podSelector: {} }], ports: tcp(26657, 26660) },
      ],
      egress: [
        { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }], ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }] },
        { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: tcp(26656, 14956, 1618, 26657) },
        { to: [{ ipBlock: { cidr: "198.18.0.11/32" } }, { ipBlock: { cidr: "198.18.0.21/32" } }], ports: tcp(8500) },
        { to: [{ ipBlock: { cidr: "198.18.0.1/32" } }], ports: tcp(8200) },
      ],
    });
  });

  it("reaches a Vault inside the cluster by its namespace", () => {
    const of = instance({ vault: { address: "https://vault-active.vault.svc:8200", reach: { namespace: "vault" } } });
    expect(policy(of)).toMatchObject({ egress: [{}, {}, {}, { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "vault" } } }] }] });
  });

  it("refuses a host name that no policy can hold", () => {
    expect(() => policy(instance({ vault: { address: "https://vault.example:8200" } }))).toThrow(/placement.vault has the host name vault.example.*set placement.vault.reach/);
  });

  it("lets the probe reach references on the port of their scheme", () => {
    expect(JSON.stringify(policy(instance({}, "testnet")))).toContain('"port":443');
  });
});
