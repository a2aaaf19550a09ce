import { cosmos, type CosmosSettings } from "../../chains/cosmos";
import { worldGenesis, worldPorts, worldHosts } from "../../chains/cometbft/world";
import { worldValidators } from "../../lab/layout";

const file = (network: string, path: string, settings: CosmosSettings = {}): string => cosmos.processes(settings, network)[0]?.files.find((f) => f.path === path)?.content ?? "";

describe("cosmos", () => {
  it("is, in the local networks, a node of the world's chain with a remote signer and a writable part apart from its configuration", () => {
    const config = file("local", "config.toml");
    expect(config).toContain('priv_validator_laddr = "unix:///run/gate/privval.sock"');
    expect(config).toContain('proxy_app = "persistent_kvstore"');
    expect(config).toContain('timeout_commit = "5000ms"');
    expect(config).toContain("double_sign_check_height = 0");
    expect(config).toContain("addr_book_strict = false");
    expect(config.match(/"config\/[^"]*"/g)).toEqual(['"config/genesis.json"']);
    expect(file("local", "genesis.json")).toBe(worldGenesis("local"));
    expect(file("local-fast", "config.toml")).toContain('timeout_commit = "1000ms"');
  });

  it("finds the world where the local environment puts it", () => {
    expect(worldValidators.map((v) => v.address)).toEqual(worldHosts);
    expect(worldValidators.every((v) => v.p2p === worldPorts.p2p && v.rpc === worldPorts.rpc)).toBe(true);
  });

  it("is Gaia on the public networks, and leaves the network's own timing alone", () => {
    const node = cosmos.processes({}, "mainnet")[0];
    expect(node).toMatchObject({ image: "gaiad", command: ["gaiad", "start", "--home", "/var/lib/chain"] });
    expect(node?.files.map((f) => f.path)).toEqual(["config.toml", "app.toml", "client.toml"]);
    const config = file("mainnet", "config.toml");
    expect(config).not.toContain("timeout_commit");
    expect(config).not.toContain("proxy_app");
    expect(config).toContain("addr_book_strict = true");
    expect(config).toContain("@seed.publicnode.com:26656");
  });

  it("talks to its own sentries alone when it has some", () => {
    const sentry = `${"a".repeat(40)}@10.0.0.5:26656`;
    const config = file("mainnet", "config.toml", { sentries: [sentry] });
    expect(config).toContain(`persistent_peers = "${sentry}"`);
    expect(config).toContain('seeds = ""');
    expect(config).toContain("pex = false");
  });

  it.each<[string, CosmosSettings, RegExp]>([
    ["local", { sentries: ["10.0.0.5:26656"] }, /settings.sentries has '10.0.0.5:26656'; write </],
    ["local", { volumeGiB: 1.5 }, /settings.volumeGiB is 1.5; write a whole number/],
    ["local", { failoversPerHour: 0 }, /settings.failoversPerHour is 0/],
    ["local", { moniker: "näme" }, /settings.moniker is "näme"; write 1 to 70/],
    ["local-fast", { followMs: 500 }, /settings.followMs is 500; twice of it must stay below .* 1000 ms/],
    ["lokal", {}, /network 'lokal' is unknown; use one of/],
  ])("refuses on %s %j", (network, settings, problem) => {
    expect(cosmos.checkSettings(settings, network)).toEqual([expect.stringMatching(problem)]);
  });

  it("gives every network measured or declared timing", () => {
    expect(cosmos.gateTiming({}, "local")).toEqual({ followMs: 1200, commitTimeoutMs: 5000 });
    expect(cosmos.gateTiming({}, "local-fast")).toEqual({ followMs: 400, commitTimeoutMs: 1000 });
    expect(cosmos.gateTiming({ followMs: 800 }, "mainnet")).toEqual({ followMs: 800, commitTimeoutMs: 5000 });
  });
});
