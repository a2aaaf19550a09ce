import { cosmos } from "../../../chains/cosmos";
import { describeInstance } from "../../../components/chains/instance";
import type { ChainPlacement } from "../../../components/chains/placement";
import { dataOnly } from "./placement-fixture";

const placement = dataOnly as ChainPlacement;

describe("describeInstance", () => {
  it("names the namespace after chain and network", () => {
    expect(describeInstance(cosmos, "cosmos-local", { network: "local", settings: {}, placement })).toMatchObject({ name: "cosmos-local", namespace: "chain-cosmos-local" });
  });

  it("says everything that is wrong at once, with the remedy", () => {
    const broken = { network: "local", settings: { followMs: 2500, volumeGiB: 0 }, placement: { ...placement, peerRegion: "a", preferredRegion: "c" } };
    let message = "";
    try {
      describeInstance(cosmos, "hub", broken);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("settings.volumeGiB is 0; write a whole number above 0");
    expect(message).toContain("settings.followMs is 2500");
    expect(message).toContain("named 'hub', but its network makes it 'cosmos-local'");
    expect(message).toContain("placement.peerRegion is 'a'");
    expect(message).toContain("placement.preferredRegion is 'c'");
  });

  it("refuses a network that the chain does not have", () => {
    expect(() => describeInstance(cosmos, "cosmos-lokal", { network: "lokal", settings: {}, placement })).toThrow(/network 'lokal' is unknown; use one of mainnet, testnet, local, local-fast/);
  });
});
