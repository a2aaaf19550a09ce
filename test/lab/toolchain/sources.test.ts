import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installedPackages, provideFrom } from "../../../lab/toolchain";
import { catalogue } from "../../../lab/toolchain/catalogue";
import { debianPackage } from "../../../lab/toolchain/debian";
import { missingSpace } from "../../../lab/toolchain/disk";
import { goBuild } from "../../../lab/toolchain/go-build";
import { versionIn } from "../../../lab/toolchain/version";
import { Workshop, oneProgram, script } from "./workshop";

let shop: Workshop;
beforeEach(() => (shop = new Workshop()));
afterEach(() => shop.remove());

describe("what the machine has", () => {
  it("takes a program from the PATH in the pinned version only", async () => {
    shop.command("tool", script("1.2.3"));
    expect(await provideFrom(oneProgram({}), [], ["tool"], shop.report, shop.place)).toEqual({ tool: join(shop.tools, "tool") });
    shop.command("tool", script("1.2.4"));
    await expect(provideFrom(oneProgram({}), [], ["tool"], shop.report, shop.place)).rejects.toThrow(/tool 1\.2\.3.*on the PATH/s);
  });

  it.each([
    ["etcd Version: 3.4.23\nGit SHA: Not provided", "3.4.23"],
    ["Consul v1.22.7\nBuild Date 1970-01-01", "1.22.7"],
    ["prometheus, version 2.42.0+ds (branch: debian/sid)", "2.42.0"],
    ["Kubernetes v0.0.0-master+$Format:%H$", "0.0.0"],
    ["Vault v1.21.1, built 2025-11-23T01:27:09Z", "1.21.1"],
    ["1.0.1", "1.0.1"],
    ["no number", undefined],
  ])("reads the version in %j", (text, version) => expect(versionIn(text)).toBe(version));

  it("says need and have when the disk is too small", async () => {
    const [line] = await missingSpace([
      { folder: shop.cache, bytes: 2 ** 60, what: "one" },
      { folder: shop.folder, bytes: 1, what: "two" },
    ]);
    expect(line).toMatch(/^needs 1073741824\.0 GiB of disk and has [\d.]+ GiB \(one in .*, two in .*\)$/);
    expect(await missingSpace([{ folder: shop.cache, bytes: 1, what: "one" }])).toEqual([]);
  });
});

describe("Debian packages, with a made-up apt", () => {
  const debian = { package: "tool-server", path: "" };
  const known = (): ReturnType<typeof oneProgram> => oneProgram({ debian: { ...debian, path: join(shop.folder, "installed-tool") } }, { debianPackages: { "tool-server": { version: "1.2.3", services: ["toold"] } } });
  const source = (root = true): ReturnType<typeof debianPackage<"tool">> => debianPackage({ root: () => Promise.resolve(root), startPolicy: join(shop.folder, "policy-rc.d") });

  beforeEach(() => {
    const log = `echo "$(basename "$0") $*" >> "$WORKSHOP/log"`;
    shop.command(
      "apt-get",
      `#!/bin/sh\n${log}\ncase "$1" in
        update) touch "$WORKSHOP/lists";;
        install) test -x "$WORKSHOP/policy-rc.d" && echo "services forbidden" >> "$WORKSHOP/log"
          printf '#!/bin/sh\\necho tool 1.2.3\\n' > "$WORKSHOP/installed-tool"; chmod +x "$WORKSHOP/installed-tool";;
      esac\n`,
    );
    shop.command("apt-cache", `#!/bin/sh\ntest -e "$WORKSHOP/lists" && echo "  Candidate: 1.2.3+ds-4+deb12u1" || echo "  Candidate: (none)"\n`);
    shop.command("dpkg-query", `#!/bin/sh\necho "ii  base"\ntest -e "$WORKSHOP/installed-tool" && printf 'ii  tool-server\\nii  tool-lib\\n'\nexit 0\n`);
    shop.command("systemctl", `#!/bin/sh\n${log}\n`);
  });

  it("installs without starting services, once the lists are fresh, and records what came", async () => {
    expect(await provideFrom(known(), [source()], ["tool"], shop.report, shop.place)).toEqual({ tool: join(shop.folder, "installed-tool") });
    const log = shop.log();
    expect(log.filter((line) => line === "apt-get update")).toHaveLength(1);
    expect(log.some((line) => line.startsWith("apt-get install") && line.endsWith("tool-server"))).toBe(true);
    expect(log).toContain("services forbidden");
    expect(log).toContain("systemctl disable --now toold");
    expect(existsSync(join(shop.folder, "policy-rc.d"))).toBe(false);
    expect(await installedPackages(shop.cache)).toEqual(["tool-lib", "tool-server"]);
    expect(await installedPackages(join(shop.folder, "none"))).toEqual([]);
  });

  it("leaves a start policy that is there alone", async () => {
    writeFileSync(join(shop.folder, "policy-rc.d"), "#!/bin/sh\n");
    await provideFrom(known(), [source()], ["tool"], shop.report, shop.place);
    expect(readFileSync(join(shop.folder, "policy-rc.d"), "utf8")).toBe("#!/bin/sh\n");
  });

  it("says why not: no root, no such version", async () => {
    await expect(provideFrom(known(), [source(false)], ["tool"], shop.report, shop.place)).rejects.toThrow(/Debian package: only root may install packages.*apt-get install tool-server/s);
    shop.command("apt-cache", `#!/bin/sh\necho "  Candidate: 1.2.30-1"\n`);
    await expect(provideFrom(known(), [source()], ["tool"], shop.report, shop.place)).rejects.toThrow(/apt has 1\.2\.30-1, needed is 1\.2\.3/);
    expect(shop.log().some((line) => line.startsWith("apt-get install"))).toBe(false);
  });
});

describe("Go builds, with a made-up Go", () => {
  const known = (version = "1.2.3"): ReturnType<typeof oneProgram> => oneProgram({ version, go: { module: "consul", package: "example.org/tool" } }, { goModules: { consul: { ldflags: ["-X a.b=c"], disk: 1 } } });
  const build = (catalogueOf = known()): Promise<Record<"tool", string>> => provideFrom(catalogueOf, [goBuild()], ["tool"], shop.report, shop.place);
  const go = (version = "1.2.3", ending = "exit 0"): string => `#!/bin/sh
    case "$1" in
      version) echo "go version go1.26.0 linux/amd64";;
      list) test -e "$WORKSHOP/old" && { echo "go.mod requires go >= 1.26.0 (running go 1.24.1)" >&2; exit 1; }; echo m;;
      build) echo "build $GOFLAGS $CGO_ENABLED $GOCACHE $*" >> "$WORKSHOP/log"; mkdir -p "$GOCACHE"; touch "$GOCACHE/half"
        echo "go: downloading x v1"; echo example.org/a
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\necho v${version}\\n' > "$2/tool"; chmod +x "$2/tool"; ${ending};;
    esac\n`;

  it("builds read-only from the pins, drops the build cache and keeps the program", async () => {
    shop.module("consul");
    shop.command("go", go());
    const { tool } = await build();
    expect(tool).toBe(join(shop.cache, "bin/tool-1.2.3/tool"));
    expect(shop.log()).toEqual([expect.stringMatching(/^build -mod=readonly 0 \S+\/cache\/go-build\/consul build -v -trimpath -buildvcs=false -ldflags=-s -w -X a\.b=c -o \S+\/ example\.org\/tool$/)]);
    expect(readdirSync(join(shop.cache, "go-build"))).toEqual([]);
    expect(await build()).toEqual({ tool });
    expect(shop.log()).toHaveLength(1);
    expect(shop.said[0]).toMatch(/^1 programs are to be provided: tool; up to 1\.0 GiB of disk/);
  });

  it("keeps the build cache of a build that failed, so that the next goes on from there", async () => {
    shop.module("consul");
    shop.command("go", go("1.2.3", "echo 'undefined: x'; exit 1"));
    await expect(build()).rejects.toThrow(/tool 1\.2\.3: Go build: go build in .*consul failed.*undefined: x/s);
    expect(existsSync(join(shop.cache, "go-build/consul/half"))).toBe(true);
  });

  it("wipes only the program whose pin changed", async () => {
    mkdirSync(join(shop.cache, "bin/tool-extra-1.0.0"), { recursive: true });
    shop.module("consul");
    shop.command("go", go());
    await build();
    shop.module("consul", "other sums");
    await build();
    expect(shop.log()).toHaveLength(2);
    await build(known("1.3.0"));
    expect(readdirSync(join(shop.cache, "bin")).sort()).toEqual(["tool-1.3.0", "tool-extra-1.0.0"]);
  });

  it("builds once when two runs want it at the same time", async () => {
    shop.module("consul");
    shop.command("go", go("1.2.3", "sleep 0.3; exit 0"));
    const [one, two] = await Promise.all([build(), build()]);
    expect(one).toEqual(two);
    expect(shop.log()).toHaveLength(1);
  });

  it("says when Go is missing, too old, or the disk too small", async () => {
    shop.module("consul");
    const without = { ...shop.place, env: { PATH: `${shop.tools}:/bin-without-go`, WORKSHOP: shop.folder } };
    for (const name of ["env", "sh", "flock", "cat", "nice"]) shop.command(name, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`);
    await expect(provideFrom(known(), [goBuild()], ["tool"], shop.report, without)).rejects.toThrow(/Go is not installed \(https:\/\/go\.dev\/dl.*Install Go as new as/s);
    shop.command("go", go());
    writeFileSync(join(shop.folder, "old"), "");
    await expect(build()).rejects.toThrow(/go1\.26\.0 linux\/amd64 is not enough: go\.mod requires go >= 1\.26\.0/);
    shop.command("go", go().replace("test -e", "false &&"));
    const huge = { ...known(), goModules: { consul: { ldflags: [], disk: 2 ** 60 } } };
    await expect(build(huge)).rejects.toThrow(/the build needs 1073741824\.0 GiB of disk and has .* GiB/);
  });
});

describe("the catalogue", () => {
  it("pins in go.mod what it names", () => {
    const modules = { kubernetes: "k8s.io/kubernetes", consul: "github.com/hashicorp/consul", vault: "github.com/hashicorp/vault", cometbft: "github.com/cometbft/cometbft", alertmanager: "github.com/prometheus/alertmanager" };
    for (const [name, program] of Object.entries(catalogue.programs)) {
      if (!program.go) continue;
      const text = readFileSync(join(__dirname, "../../../lab/toolchain", program.go.module, "go.mod"), "utf8");
      expect([name, text.includes(`${modules[program.go.module]} v${program.version}`)]).toEqual([name, true]);
    }
  });

  it("has a way for each program that needs no vendor", () => {
    for (const [name, program] of Object.entries(catalogue.programs)) expect([name, Boolean(program.debian ?? program.go)]).toEqual([name, true]);
  });
});
