import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { provideFrom } from "../../../lab/toolchain";
import { catalogue } from "../../../lab/toolchain/catalogue";
import { sumFor } from "../../../lab/toolchain/download";
import { fill, vendorRelease } from "../../../lab/toolchain/vendor";
import { Workshop, oneProgram, script, sha256, vendorServer } from "./workshop";

const binary = script("1.2.3");

describe("vendor releases, from a made-up vendor", () => {
  const shop = new Workshop();
  let server: Awaited<ReturnType<typeof vendorServer>>;
  beforeAll(async () => {
    mkdirSync(join(shop.folder, "tool-1.2.3"));
    writeFileSync(join(shop.folder, "tool-1.2.3/tool"), binary, { mode: 0o755 });
    const tar = execFileSync("tar", ["-cz", "-C", shop.folder, "tool-1.2.3"]);
    server = await vendorServer({
      "/1.2.3/tool": binary,
      "/1.2.3/tool.sha256": sha256(binary),
      "/1.2.3/bad.sha256": sha256("something else"),
      "/tool-1.2.3.tar.gz": tar,
      "/sums": `${sha256("x")}  other.tar.gz\n${sha256(tar)}  tool-1.2.3.tar.gz\n`,
      "/9.9.9/tool": binary,
      "/9.9.9/tool.sha256": sha256(binary),
    });
  });
  afterAll(async () => {
    await server.close();
    shop.remove();
  });
  const provide = (vendor: { url: string; sums: string; member?: string }, version = "1.2.3"): Promise<Record<"tool", string>> =>
    provideFrom(oneProgram({ version, vendor }), [vendorRelease()], ["tool"], shop.report, shop.place);

  it("takes a program whose sum is the published one, redirects followed, and keeps it", async () => {
    const vendor = { url: `${server.url}/moved/{version}/tool`, sums: `${server.url}/{version}/tool.sha256` };
    const { tool } = await provide(vendor);
    expect(tool).toBe(join(shop.cache, "bin/tool-1.2.3/tool"));
    expect(readFileSync(tool, "utf8")).toBe(binary);
    const asked = server.asked.length;
    expect(await provide(vendor)).toEqual({ tool });
    expect(server.asked.length).toBe(asked);
    expect(readdirSync(shop.cache).filter((name) => name.startsWith("download-"))).toEqual([]);
  });

  it("throws away what has another sum, another version, or no published sum", async () => {
    const other = new Workshop();
    const from = (url: string, sums: string, version = "1.2.3"): Promise<unknown> =>
      provideFrom(oneProgram({ version, vendor: { url: server.url + url, sums: server.url + sums } }), [vendorRelease()], ["tool"], other.report, other.place);
    await expect(from("/{version}/tool", "/{version}/bad.sha256")).rejects.toThrow(/tool 1\.2\.3: vendor release: .*has the SHA-256 sum .*thrown away/);
    await expect(from("/{version}/tool", "/{version}/tool.sha256", "9.9.9")).rejects.toThrow(/says it is version 1\.2\.3/);
    await expect(from("/{version}/tool", "/sums")).rejects.toThrow(/has no SHA-256 sum of tool/);
    await expect(from("/gone/tool", "/{version}/tool.sha256")).rejects.toThrow(/gone\/tool answers 404/);
    expect(existsSync(join(other.cache, "bin"))).toBe(true);
    expect(readdirSync(join(other.cache, "bin"))).toEqual([]);
    other.remove();
  });

  it("unpacks an archive", async () => {
    const other = new Workshop();
    const vendor = { url: `${server.url}/tool-{version}.tar.gz`, sums: `${server.url}/sums`, member: "tool-{version}/tool" };
    const { tool } = await provideFrom(oneProgram({ vendor }), [vendorRelease()], ["tool"], other.report, other.place);
    expect(readFileSync(tool, "utf8")).toBe(binary);
    other.remove();
  });

  it("asks a host that cannot be reached once, and goes on to the next source", async () => {
    const other = new Workshop();
    const silent = "http://127.0.0.1:1";
    const two = { programs: { one: oneProgram({}).programs.tool, two: oneProgram({}).programs.tool }, debianPackages: {}, goModules: {} };
    const vendor = { url: `${silent}/{version}`, sums: `${silent}/sums` };
    two.programs = { one: { ...two.programs.one, vendor }, two: { ...two.programs.two, vendor } };
    const begun = Date.now();
    const last = { name: "last", provide: () => Promise.resolve({ one: { path: "/one" }, two: { path: "/two" } }) };
    expect(await provideFrom(two, [vendorRelease<"one" | "two">(), last], ["one", "two"], other.report, other.place)).toEqual({ one: "/one", two: "/two" });
    expect(Date.now() - begun).toBeLessThan(2500);
    other.remove();
  });
});

describe("sums and addresses", () => {
  it("finds a file's sum among others, or a sum alone", () => {
    const sum = sha256("a");
    expect(sumFor("a.zip", `${sha256("b")}  b.zip\n${sum} *a.zip\n`)).toBe(sum);
    expect(sumFor("a.zip", `${sum}\n`)).toBe(sum);
    expect(sumFor("a.zip", `${sum}  b.zip\n`)).toBeUndefined();
    expect(sumFor("a.zip", "<html>not found</html>")).toBeUndefined();
  });

  it("names the releases as the vendors do", () => {
    const arch = process.arch === "x64" ? "amd64" : process.arch;
    const url = (name: keyof typeof catalogue.programs): string => fill(catalogue.programs[name].vendor?.url ?? "", catalogue.programs[name].version);
    expect(url("vault")).toBe(`https://releases.hashicorp.com/vault/1.21.1/vault_1.21.1_linux_${arch}.zip`);
    expect(url("kube-scheduler")).toBe(`https://dl.k8s.io/release/v1.36.3/bin/linux/${arch}/kube-scheduler`);
    expect(url("etcd")).toBe(`https://github.com/etcd-io/etcd/releases/download/v3.4.23/etcd-v3.4.23-linux-${arch}.tar.gz`);
    expect(url("promtool")).toBe(`https://github.com/prometheus/prometheus/releases/download/v2.42.0/prometheus-2.42.0.linux-${arch}.tar.gz`);
  });
});
