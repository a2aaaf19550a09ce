import { cosmos } from "../../../chains/cosmos";
import { gateConfig, probeConfig, vaultAgentHcl } from "../../../components/chains/files";
import { describeInstance, processOf } from "../../../components/chains/instance";
import { configMaps } from "../../../components/chains/node";
import type { ChainPlacement } from "../../../components/chains/placement";
import { parseConfig } from "../../../agents/gate/config";
import { checkedConfig } from "../../../agents/probe/config";
import { dataOnly } from "./placement-fixture";

const instance = describeInstance(cosmos, "cosmos-local", { network: "local", settings: { failoversPerHour: 100 }, placement: dataOnly as ChainPlacement });
const node = processOf(instance, "node");

describe("files of a gated pod", () => {
  it("gives the gate a configuration that the gate itself accepts", () => {
    const config = gateConfig(instance, node);
    expect(parseConfig(JSON.stringify(config), "gate.json")).toEqual(config);
    expect(config).toMatchObject({ instance: "cosmos-local", socket: "/run/gate/privval.sock", keyFile: "/run/keys/priv_validator_key.json", followMs: 1200, commitTimeoutMs: 5000, failoversPerHour: 100, port: 9470 });
  });

  it("gives the probe a configuration that the probe itself accepts", () => {
    const config = probeConfig(instance, node);
    expect(checkedConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(config).toMatchObject({ node: "http://127.0.0.1:26657", gateStatus: "http://127.0.0.1:9470/status", intervalMs: 2500, freshFiles: ["/var/lib/chain/data/blockstore.db/*", "/var/lib/chain/data/state.db/*", "/var/lib/chain/data/cs.wal/wal"] });
  });

  it("renders the key into memory by the chain's own grant", () => {
    const hcl = vaultAgentHcl(instance);
    expect(hcl).toContain('role       = "chain-cosmos-local"');
    expect(hcl).toContain('destination          = "/run/keys/priv_validator_key.json"');
    expect(hcl).toContain('{{ with secret \\"chainstead-keys/data/validators/cosmos-local\\" }}{{ .Data.data.priv_validator_key }}{{ end }}');
  });

  it("keeps keys out of every ConfigMap", () => {
    expect(JSON.stringify(configMaps(instance, node))).not.toMatch(/priv_key|PrivKey/);
  });
});
