import { distribution, drillLine, shortcomings, summary, type DrillResult } from "../../../lab/drill/report";

const good: DrillResult = { kind: "region-loss", from: "a", to: "b", consulLeaderLost: false, eligibleSeconds: 5.1, firstSignatureSeconds: 5.4, heights: [10, 20], missed: [], evidence: 0, healedSeconds: 12 };

describe("what a drill promises", () => {
  test.each<[string, Partial<DrillResult>, RegExp]>([
    ["evidence is a failure", { evidence: 1 }, /conflicting signature/],
    ["a role that was never taken", { eligibleSeconds: undefined }, /never took the role/],
    ["a missed height while the leader is elsewhere", { missed: [12] }, /at most 0/],
    ["two missed heights although the leader went", { missed: [12, 13], consulLeaderLost: true }, /at most 1/],
    ["a missed height in a planned switch", { kind: "switchover", missed: [12], consulLeaderLost: true }, /at most 0/],
    ["a region that stays away", { healedSeconds: undefined }, /did not come back/],
  ])("%s", (_what, change, problem) => {
    expect(shortcomings({ ...good, ...change }).join("; ")).toMatch(problem);
  });

  test("holds for a good drill, and for one height when the Consul leader went with the region", () => {
    expect(shortcomings(good)).toEqual([]);
    expect(shortcomings({ ...good, consulLeaderLost: true, missed: [12] })).toEqual([]);
    expect(shortcomings({ ...good, kind: "switchover", healedSeconds: undefined })).toEqual([]);
  });
});

test("order statistics by nearest rank", () => {
  expect(distribution([])).toBeUndefined();
  expect(distribution([3])).toEqual({ min: 3, median: 3, p90: 3, max: 3 });
  expect(distribution([10, 1, 9, 2, 8, 3, 7, 4, 6, 5])).toEqual({ min: 1, median: 5, p90: 9, max: 10 });
});

test("the summary counts failures and says what never happened", () => {
  const text = summary([good, { ...good, firstSignatureSeconds: undefined }]);
  expect(text).toContain("2 drills, 1 as promised");
  expect(text).toMatch(/first signature.*\(1 never\)/);
  expect(drillLine(2, { ...good, consulLeaderLost: true })).toContain("Consul leader lost too");
});

test("an outage of the quorum is judged by when the chain goes on, not by what was missed meanwhile", () => {
  const outage: DrillResult = { ...good, kind: "quorum-loss", eligibleSeconds: undefined, firstSignatureSeconds: undefined, missed: [1, 2, 3], resumedSeconds: 2 };
  expect(shortcomings(outage)).toEqual([]);
  expect(shortcomings({ ...outage, resumedSeconds: 31 }).join()).toMatch(/promised are 30 s/);
  expect(shortcomings({ ...outage, resumedSeconds: undefined }).join()).toMatch(/no block came/);
  expect(shortcomings({ ...outage, evidence: 1 }).join()).toMatch(/conflicting/);
});
