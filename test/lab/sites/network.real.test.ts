import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freezeSite, processesOf, run, siteNetns, siteNetwork, thawSite } from "../../../lab/sites";
import { processStat } from "../../../lab/sites/process-stat";

const lab = `t${process.pid.toString(36)}n`;
const folder = mkdtempSync(join(tmpdir(), "cs-sites-"));
const network = siteNetwork(lab, folder);
const ours = (): string[] => (existing("/run/netns") as string[]).filter((name) => name.startsWith(`cs-${lab}-`)).sort();
const mounts = (): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point.includes(`cs-${lab}-`));

function existing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Does a ping from inside reach the address within a second? */
async function reaches(prefix: readonly string[], address: string): Promise<boolean> {
  const tcp = `require("net").connect({host:"${address}",port:1,timeout:700}).on("error",e=>process.exit(e.code==="ECONNREFUSED"?0:1)).on("timeout",()=>process.exit(1))`;
  return run([...prefix, process.execPath, "-e", tcp]).then(
    () => true,
    () => false,
  );
}

describe("the sites' network (needs root)", () => {
  jest.setTimeout(120_000);
  afterAll(async () => {
    await network.down();
    rmSync(folder, { recursive: true, force: true });
  });

  it("joins the sites, twice over, and repairs a half-built one", async () => {
    await network.up();
    await network.up();
    expect(ours()).toEqual(["a", "b", "net", "ops", "witness", "world"].map((site) => `cs-${lab}-${site}`));
    expect(await reaches(network.enter("ops"), "198.18.0.11")).toBe(true);
    await run(["ip", "-netns", siteNetns(lab, "a"), "link", "delete", "eth0"]);
    await run(["ip", "netns", "delete", siteNetns(lab, "witness")]);
    expect(await reaches(network.enter("ops"), "198.18.0.11")).toBe(false);
    await network.up();
    expect(await reaches(network.enter("ops"), "198.18.0.11")).toBe(true);
    expect(await reaches(network.enter("a"), "198.18.0.31")).toBe(true);
  });

  it("gives pods addresses of their zone and routes between regions", async () => {
    const one = await network.addPod("a1", "one");
    expect(one).toEqual({ netns: `cs-${lab}-p-one`, ip: "198.18.16.2", gateway: "198.18.16.1" });
    expect(await network.addPod("a1", "one")).toEqual(one);
    expect((await network.addPod("a1", "two")).ip).toBe("198.18.16.3");
    expect((await network.addPod("b2", "peer")).ip).toBe("198.18.33.2");
    expect(await reaches(network.enterPod("one"), "198.18.33.2")).toBe(true);
    expect(await reaches(network.enterPod("peer"), "198.18.0.41")).toBe(true);
    expect(await reaches(network.enter("ops"), "198.18.16.3")).toBe(true);
    await network.removePod("two");
    await network.removePod("two");
    expect((await network.addPod("a1", "three")).ip).toBe("198.18.16.3");
    expect((await network.list()).map((state) => [state.site, state.pods])).toEqual([
      ["a", ["one", "three"]],
      ["b", ["peer"]],
      ["witness", []],
      ["world", []],
      ["ops", []],
    ]);
  });

  it("cuts a site off and heals it", async () => {
    await network.cut("a");
    expect((await network.list()).find((state) => state.site === "a")?.cut).toBe(true);
    expect(await reaches(network.enterPod("peer"), "198.18.16.2")).toBe(false);
    expect(await reaches(network.enter("b"), "198.18.0.1")).toBe(false);
    // Inside the cut site everything still sees everything.
    expect(await reaches(network.enterPod("one"), "198.18.0.11")).toBe(true);
    await network.heal("a");
    expect(await reaches(network.enterPod("peer"), "198.18.16.2")).toBe(true);
  });

  it("freezes a site with its pods, children that are being born included, and nothing else", async () => {
    const busy = "while :; do sleep 0.01; done";
    const children = [network.enter("a"), network.enterPod("one"), network.enterPod("peer")].map(([program = "", ...rest]) => spawn(program, [...rest, "sh", "-c", busy], { stdio: "ignore" }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const frozen = await freezeSite(network, lab, "a");
    const inside = await processesOf([siteNetns(lab, "a"), `cs-${lab}-p-one`]);
    expect(inside.length).toBeGreaterThanOrEqual(2);
    expect(frozen.pids).toEqual(expect.arrayContaining([children[0]?.pid, children[1]?.pid]));
    for (const pid of inside) expect((await processStat(pid))?.state).toMatch(/[TZ]/);
    expect((await processStat(children[2]?.pid ?? 0))?.state).toMatch(/[SRD]/);
    await thawSite(network, lab, "a");
    expect((await processStat(children[0]?.pid ?? 0))?.state).toMatch(/[SRD]/);
    await Promise.all(
      children.map((child) => {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        return ended;
      }),
    );
  });

  it("belongs to one lab folder", async () => {
    const other = mkdtempSync(join(tmpdir(), "cs-sites-"));
    await expect(siteNetwork(lab, other).up()).rejects.toThrow(/already runs from .*cs-sites-.*CHAINSTEAD_LAB/);
    await expect(siteNetwork(lab, other).down()).rejects.toThrow(/already runs from/);
    rmSync(other, { recursive: true });
  });

  it("leaves no namespace and no mount, twice over", async () => {
    await network.down();
    await network.down();
    expect(ours()).toEqual([]);
    expect(mounts()).toEqual([]);
    expect(existing(join(folder, "pod-addresses"))).toEqual([]);
  });
});
