import { backboneNetns, checkLabName, enterNetns, podNetns, siteNetns, zoneOf } from "../../../lab/sites/names";
import { processStat, startTimeOf } from "../../../lab/sites/process-stat";
import { run } from "../../../lab/sites/command";
import { gatewayOf, hardwareAddress, zoneBridge } from "../../../lab/sites/wiring";
import { zones } from "../../../lab/layout";

/** IFNAMSIZ is 16 with the closing zero, netdevice(7). */
const longestInterface = 15;

describe("names", () => {
  it("are those that operators know", () => {
    expect([siteNetns("local", "a"), podNetns("local", "x1"), backboneNetns("local")]).toEqual(["cs-local-a", "cs-local-p-x1", "cs-local-net"]);
    expect(enterNetns("cs-local-a")).toEqual(["nsenter", "--net=/run/netns/cs-local-a", "--"]);
  });

  it.each(["local", "ci2", "abcdefghijkl"])("takes the lab name %s", (name) => expect(() => checkLabName(name)).not.toThrow());
  it.each(["", "a-b", "Local", "1st", "abcdefghijklm", "a/b", "a b"])("refuses the lab name %j", (name) => expect(() => checkLabName(name)).toThrow(/CHAINSTEAD_LAB/));

  it("refuses a pod id that no interface can be named after", () => {
    expect(() => podNetns("local", "abcdefghijklm")).toThrow(/1 to 12/);
    expect(() => podNetns("local", "a-b")).toThrow(/names a network interface/);
    expect("p-abcdefghijkl".length).toBeLessThanOrEqual(longestInterface);
    for (const zone of zones) expect(zoneBridge(zone).length).toBeLessThanOrEqual(longestInterface);
  });

  it("knows each zone's site", () => {
    expect(zoneOf("b3")).toEqual({ site: "b", podCidr: "198.18.34.0/24" });
    expect(() => zoneOf("c1")).toThrow(/no zone "c1": there are a1, a2, a3, b1, b2, b3/);
  });

  it("derives a gateway and a hardware address", () => {
    expect(gatewayOf("198.18.34.0/24")).toBe("198.18.34.1");
    expect(hardwareAddress("198.18.34.1")).toBe("02:c5:c6:12:22:01");
  });
});

describe("processes and commands", () => {
  it("reads what a process is, and knows when there is none", async () => {
    expect(await processStat(process.pid)).toMatchObject({ parent: process.ppid, startTime: expect.stringMatching(/^\d+$/) as string });
    expect(await startTimeOf(2 ** 22 + 1)).toBeUndefined();
  });

  it("says what was run, how it ended and what it said", async () => {
    expect(await run(["cat"], "text")).toBe("text");
    await expect(run(["sh", "-c", "echo no such thing >&2; exit 4"])).rejects.toThrow("`sh -c echo no such thing >&2; exit 4` failed (4): no such thing");
    await expect(run(["no-such-program"])).rejects.toThrow(/not installed/);
  });
});
