import { checkEnvironment, checkFleet, checkStack, describe as report } from "../../stacks/check";
import { environments } from "../../stacks";
import { leaseProfiles } from "../../stacks/lease-profiles";
import { local } from "../../stacks/local";
import { stagingAws } from "../../stacks/staging-aws";
import type { Environment } from "../../stacks/types";
import { changed, oddCatalogue } from "../support/declarations";

const chain = (name: string, network: string, more: object = {}): object => ({ chain: name, network, settings: {}, preferredRegion: "eu-west-1", ...more });
const voters = stagingAws.fence.voters;

test("what is declared today is in order", () => expect(report(checkFleet(environments))).toContain("0 problems"));

/** One bad declaration per rule: what is changed, the field that is reported, and words of the message. */
const bad: readonly (readonly [rule: string, base: Environment, path: readonly (string | number)[], value: unknown, field: string, words: RegExp])[] = [
  ["missing field", stagingAws, ["regions", 0, "account"], undefined, "regions[0].account", /missing/],
  ["missing part", stagingAws, ["fence"], undefined, "fence", /missing/],
  ["misspelt field", stagingAws, ["fence", "voter"], [], "fence.voter", /no such field/],
  ["wrong type", stagingAws, ["fence", "roundTripMs"], "30", "fence.roundTripMs", /not of the declared type/],
  ["unknown cloud", stagingAws, ["regions", 0, "cloud"], "azure", "regions[0].cloud", /not of the declared type/],
  ["account that is none", stagingAws, ["regions", 0, "account"], "1234", "regions[0].account", /twelve digits/],
  ["nobody may administer", stagingAws, ["regions", 0, "administrators"], {}, "regions[0].administrators", /nobody could reach/],
  ["network that is none", stagingAws, ["regions", 0, "network", "services"], "172.20.0.0/8", "regions[0].network.services", /no IPv4 network/],
  ["regions overlap", stagingAws, ["regions", 1, "network", "services"], "10.20.128.0/20", "regions[1].network.services", /overlaps regions\[0\]\.network\.vpc/],
  ["services overlap their own pods", local, ["regions", 0, "network", "services"], "198.18.24.0/24", "regions[0].network.services", /overlaps regions\[0\]\.network\.pods/],
  ["a peer overlaps a region", stagingAws, ["regions", 0, "network", "peers"], ["10.21.7.0/24"], "regions[0].network.peers[0]", /overlaps regions\[1\]\.network\.vpc/],
  ["the witness overlaps a region", stagingAws, ["witness", "network"], "10.20.9.0/24", "witness.network", /overlaps/],
  ["a zone outside of its region", stagingAws, ["regions", 0, "zones", 2, "privateSubnet"], "10.99.0.0/19", "regions[0].zones[2].privateSubnet", /outside of the region's 10\.20\.0\.0\/16/],
  ["zones overlap", stagingAws, ["regions", 0, "zones", 2, "privateSubnet"], "10.20.32.0/20", "regions[0].zones[2].privateSubnet", /overlaps regions\[0\]\.zones\[1\]/],
  ["a zone twice", stagingAws, ["regions", 0, "zones", 2, "name"], "eu-west-1b", "regions[0].zones[2].name", /declared twice/],
  ["regions alike in name", local, ["regions", 1, "name"], "a", "regions[1].name", /same name/],
  ["a name that is no part of a stack name", local, ["regions", 1, "name"], "global", "regions[1].name", /stack name/],
  ["voters even", stagingAws, ["fence", "voters"], [...voters, { ...voters[4]!, name: "consul-witness-2", address: "https://w2:8501" }], "fence.voters", /even/],
  ["too few voters", stagingAws, ["fence", "voters"], [voters[0], voters[2], voters[4]], "fence.voters", /Fewer than five/],
  ["two failure domains", stagingAws, ["fence", "voters", 4, "domain"], "eu-west-1", "fence.voters", /2 failure domains/],
  ["unknown failure domain", stagingAws, ["fence", "voters", 4, "domain"], "witnes", "fence.voters[4].domain", /no such failure domain/],
  ["one domain holds the majority", stagingAws, ["fence", "voters", 3, "domain"], "eu-west-1", "fence.voters", /no majority/],
  ["a voter's name twice", stagingAws, ["fence", "voters", 1, "name"], voters[0]!.name, "fence.voters[1].name", /same name/],
  ["a voter's address twice", stagingAws, ["fence", "voters", 1, "address"], voters[0]!.address, "fence.voters[1].address", /same address/],
  ["a voter without TLS", stagingAws, ["fence", "voters", 1, "address"], "http://10.20.0.9:8500", "fence.voters[1].address", /unencrypted/],
  ["the witness in a region", stagingAws, ["witness", "region"], "eu-west-1", "witness.region", /lost with it/],
  ["W too short", stagingAws, ["fence", "lease", "waitMs"], 8_000, "fence.lease.waitMs", /W\(1 - rho\)/],
  ["L too short", stagingAws, ["fence", "lease", "leaseMs"], 1_500, "fence.lease.leaseMs", /two renewals/],
  ["a multiplier that Consul refuses", stagingAws, ["fence", "lease", "raftMultiplier"], 0, "fence.lease.raftMultiplier", /not of the declared type/],
  ["regions too far apart", stagingAws, ["fence", "roundTripMs"], 130, "fence.roundTripMs", /beyond 100 ms/],
  ["a profile for nearer regions", stagingAws, ["fence", "roundTripMs"], 70, "fence.lease.raftMultiplier", /needless elections/],
  ["unknown chain", stagingAws, ["chains", 0], chain("cosmso", "testnet"), "chains[0].chain", /no such chain/],
  ["unknown network", stagingAws, ["chains", 0, "network"], "testnett", "chains[0].network", /no such network/],
  ["bad settings", stagingAws, ["chains", 0, "settings"], { volumeGiB: -1 }, "chains[0].settings", /volumeGiB is -1/],
  ["no failover allowed", stagingAws, ["chains", 0, "settings"], { failoversPerHour: 0 }, "chains[0].settings", /failoversPerHour is 0/],
  ["follow too long for the distance", stagingAws, ["chains", 0, "settings"], { followMs: 2_450 }, "chains[0].settings", /2 x \(follow \+ compare-and-set of about 80 ms\)/],
  ["unknown preferred region", stagingAws, ["chains", 0, "preferredRegion"], "eu-west-2", "chains[0].preferredRegion", /no such region/],
  ["a producer twice", stagingAws, ["chains", 1], chain("cosmos", "testnet"), "chains[1]", /declared twice/],
  ["killed at once", stagingAws, ["chains", 1], chain("hasty", "local"), "chains[1].settings", /grace period is 0/],
];

test.each(bad)("%s", (_rule, base, path, value, field, words) => {
  const problems = checkEnvironment(changed(base, [[path, value]]), oddCatalogue);
  expect(problems.filter((problem) => problem.field === field).map((problem) => problem.what).join("; ")).toMatch(words);
  for (const problem of problems) {
    expect(problem.environment).toBe(base.name);
    expect(problem.remedy).not.toBe("");
  }
});

describe("a process that the lease itself fences", () => {
  const leased = (lease: object): Environment => changed(stagingAws, [[["chains", 1], chain("leased", "local")], [["fence", "lease"], lease]]);

  test("is refused with the lease that is only for ledgers", () => {
    const fields = checkEnvironment(leased(leaseProfiles.fast), oddCatalogue).map((problem) => problem.field);
    expect(fields).toEqual(["fence.lease.waitMs", "fence.lease.leaseMs"]);
  });

  test.each([leaseProfiles.standard, leaseProfiles.wide])("is safe with the other profiles", (lease) => expect(checkEnvironment(leased(lease), oddCatalogue)).toEqual([]));

  test("W may be exactly as long as it must be, and not a millisecond less", () => {
    expect(checkEnvironment(leased({ ...leaseProfiles.standard, waitMs: 9_677 }), oddCatalogue)).toEqual([]);
    expect(checkEnvironment(leased({ ...leaseProfiles.standard, waitMs: 9_676 }), oddCatalogue)).toHaveLength(1);
  });
});

describe("a network that ended", () => {
  const declared = (purpose: string, acknowledgement?: string): Environment =>
    changed(stagingAws, [[["purpose"], purpose], [["chains"], [chain("ended", "past", acknowledgement === undefined ? {} : { acknowledgement })]]]);

  test("is refused in production without an acknowledgement", () => {
    expect(checkEnvironment(declared("production"), oddCatalogue)).toMatchObject([{ field: "chains[0].acknowledgement", what: "The network is ended: shut down in 2022" }]);
    expect(checkEnvironment(declared("production", "  "), oddCatalogue)).toHaveLength(1);
  });

  test("is allowed where somebody answers for it, and outside of production", () => {
    expect(checkEnvironment(declared("production", "Ann, for the archive, 2026-11-02"), oddCatalogue)).toEqual([]);
    expect(checkEnvironment(declared("staging"), oddCatalogue)).toEqual([]);
  });
});

describe("several environments", () => {
  const other = (validator?: string): Environment => changed(stagingAws, [[["name"], "staging-two"], ...(validator === undefined ? [] : [[["chains", 0, "validator"], validator] as const])]);
  const first = (validator: string): Environment => changed(stagingAws, [[["chains", 0, "validator"], validator]]);

  test("one chain id in two quorums needs two validators", () => {
    expect(checkFleet([stagingAws, other()]).map(({ environment, field }) => `${environment} ${field}`)).toEqual(["staging-aws chains[0].validator", "staging-two chains[0].validator"]);
    expect(checkFleet([first("cosmosvalcons1a"), other("cosmosvalcons1a")])).toHaveLength(2);
    expect(checkFleet([first("cosmosvalcons1a"), other("cosmosvalcons1b")])).toEqual([]);
  });

  test("two of one name are one stack", () => expect(checkFleet([local, local]).map((problem) => problem.field)).toContain("name"));

  test("another environment's problem does not block this one's update", () => {
    const broken = changed(other(), [[["regions", 0, "account"], "x"]]);
    expect(checkStack(stagingAws, [stagingAws, broken])).toEqual([]);
    expect(checkStack(broken, [stagingAws, broken])).toHaveLength(1);
  });
});

test("ten problems are ten problems, and each is told", () => {
  const broken = changed(stagingAws, [
    [["logDays"], 3],
    [["regions", 0, "name"], "EU"],
    [["regions", 1, "network", "services"], "10.20.240.0/20"],
    [["regions", 1, "zones"], stagingAws.regions[1].zones.slice(0, 2)],
    [["witness", "network"], "10.22.0.1/24"],
    [["fence", "voters", 1, "name"], voters[0]!.name],
    [["fence", "lease", "waitMs"], 5_000],
    [["fence", "roundTripMs"], 200],
    [["chains", 1], chain("dumy", "local", { preferredRegion: "eu-central-1" })],
  ]);
  const problems = checkEnvironment(changed(broken, [[["fence", "voters"], broken.fence.voters.map((voter) => ({ ...voter, domain: voter.domain === "eu-west-1" ? "EU" : voter.domain }))], [["chains", 0, "preferredRegion"], "EU"]]));
  expect(problems.map((problem) => problem.field)).toEqual([
    "logDays",
    "regions[0].name",
    "regions[1].zones",
    "regions[1].zones",
    "witness.network",
    "regions[1].network.services",
    "fence.voters[1].name",
    "fence.lease.waitMs",
    "fence.roundTripMs",
    "chains[1].chain",
  ]);
  const text = report(problems);
  expect(text).toContain("10 problems");
  for (const problem of problems) expect(text).toContain(`staging-aws: ${problem.field} = `);
  expect(text).toContain('1. staging-aws: logDays = 3\n   There is no such field.\n   Do: remove it, or correct its name');
});
