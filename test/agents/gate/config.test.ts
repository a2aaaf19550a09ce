import { ConfigError, parseConfig } from "../../../agents/gate/config";

const good = {
  chain: "cosmos",
  network: "local",
  instance: "cosmos-local",
  chainId: "chainstead-local-1",
  region: "a",
  peerRegion: "b",
  preferredRegion: "a",
  ledgerMode: "follow",
  socket: "/run/gate/privval.sock",
  keyFile: "/run/keys/priv_validator_key.json",
  consul: ["http://198.18.0.11:8500"],
  nodeRpc: "http://127.0.0.1:26657",
  references: ["http://198.18.0.41:26657"],
  blockTime: 5,
  followMs: 1200,
  commitTimeoutMs: 5000,
  lease: { renewMs: 1000, leaseMs: 4000, waitMs: 5000, raftMultiplier: 1 },
  port: 9470,
};

test("defaults: 4 steps, lock rule on, 256 s, 3 failovers an hour", () => {
  expect(parseConfig(JSON.stringify(good), "gate.json")).toEqual({ ...good, flipAfterSteps: 4, lockRule: true, holdSeconds: 256, failoversPerHour: 3 });
});

test("all problems are told at once, with field and value", () => {
  const bad = { ...good, chain: "", consul: [], nodeRpc: "127.0.0.1:26657", port: 0, socket: "run/x", keyFile: undefined };
  const message = problem(bad);
  for (const part of ["6 problems", "chain:", "consul: needs at least one server", 'nodeRpc: must be an http address', "port:", '(is "run/x")', "keyFile:"]) expect(message).toContain(part);
});

test.each<[string, object, string]>([
  ["regions alike", { peerRegion: "a" }, "peerRegion: is the same as region (a)"],
  ["a preferred region that is none of the two", { preferredRegion: "c" }, "preferredRegion: c is neither"],
  ["an instance of another name", { instance: "cosmos-main" }, "instance: cosmos-main must be"],
  ["following too slowly for the chain", { followMs: 2500 }, "followMs: 2 x 2500 must stay below commitTimeoutMs (5000)"],
  ["a lease that one lost renewal ends", { lease: { ...good.lease, renewMs: 2100 } }, "lease.renewMs"],
  ["a challenger that does not wait for the lease to end", { lease: { ...good.lease, waitMs: 4500 } }, "lease.waitMs"],
])("refused: %s", (_name, change, expected) => {
  expect(problem({ ...good, ...change })).toContain(expected);
});

test("what is no JSON is told as such", () => {
  expect(() => parseConfig("{", "gate.json")).toThrow("gate.json is not JSON");
});

function problem(value: object): string {
  try {
    parseConfig(JSON.stringify(value), "gate.json");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("the configuration was accepted");
}
