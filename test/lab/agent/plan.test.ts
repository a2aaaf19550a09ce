import { backoffSeconds, startNotBefore } from "../../../lab/agent/backoff";
import type { Container, PodSpec } from "../../../lab/agent/kube-types";
import { planContainer } from "../../../lab/agent/plan";
import { localImage, repositoryOf, type LocalImage } from "../../../lab/agent/programs";
import { bytesOf } from "../../../lab/agent/quantity";
import { aContainer, aPod, exited, record, t0 } from "./fixtures";

const image: LocalImage = { repository: "x", entrypoint: ["program"], user: 65532, files: [] };
const plan = (container: Partial<Container>, spec: Partial<PodSpec> = {}, env = new Map([["A", "1"]])) =>
  planContainer(aPod({ ...spec, volumes: [{ name: "data", persistentVolumeClaim: { claimName: "d" } }, { name: "config", configMap: { name: "c" } }] }), aContainer("c", container), image, env, new Map([["data", "/v/data"], ["config", "/v/config"]]));

describe("a container's plan", () => {
  it("runs the image's program as the image's user unless told otherwise", () => {
    expect(plan({})).toMatchObject({ argv: ["program"], user: 65532, group: 65532, groups: [], workingDir: "/", readOnlyRoot: false });
    expect(plan({ args: ["--x=$(A)"] }).argv).toEqual(["program", "--x=1"]);
    expect(plan({ command: ["sh", "-c"], args: ["$$(A)"] }).argv).toEqual(["sh", "-c", "$(A)"]);
  });

  it("takes users and groups from container, then pod", () => {
    const securityContext = { runAsUser: 10, runAsGroup: 11, fsGroup: 12, supplementalGroups: [13, 12] };
    expect(plan({}, { securityContext })).toMatchObject({ user: 10, group: 11, groups: [12, 13] });
    expect(plan({ securityContext: { runAsUser: 20 } }, { securityContext })).toMatchObject({ user: 20, group: 11 });
    expect(plan({ securityContext: { runAsUser: 20 } })).toMatchObject({ user: 20, group: 0 });
  });

  it("leaves no capability that was dropped", () => {
    expect(plan({ securityContext: { capabilities: { drop: ["ALL"] } } }).capabilities).toEqual([]);
    expect(plan({ securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } }).capabilities).toEqual(["net_bind_service"]);
    expect(plan({ securityContext: { capabilities: { drop: ["CAP_CHOWN"] } } }).capabilities).not.toContain("chown");
    expect(plan({}).capabilities).not.toContain("sys_admin");
  });

  it("mounts outer folders first, and configuration read-only whatever is declared", () => {
    const volumeMounts = [
      { name: "config", mountPath: "/data/config/" },
      { name: "data", mountPath: "/data", subPath: "x/y" },
    ];
    expect(plan({ volumeMounts }).mounts).toEqual([
      { source: "/v/data", subPath: "x/y", target: "/data", readOnly: false },
      { source: "/v/config", target: "/data/config", readOnly: true },
    ]);
  });

  it.each([
    [{ securityContext: { privileged: true } }, {}, 'container "c": privileged is "true"'],
    [{ securityContext: { runAsUser: 0, runAsNonRoot: true } }, {}, "it would run as user 0; set runAsUser"],
    [{}, { hostNetwork: true }, "hostNetwork"],
    [{ volumeMounts: [{ name: "none", mountPath: "/x" }] }, {}, 'volumeMounts is "none"; declare the volume in the pod'],
    [{ volumeMounts: [{ name: "data", mountPath: "/x/../../etc" }] }, {}, "use an absolute path without .."],
    [{ volumeMounts: [{ name: "data", mountPath: "/x", subPath: "../y" }] }, {}, "use a relative path without .."],
    [{ securityContext: { capabilities: { add: ["ALL"] } } }, {}, "name single capabilities"],
  ])("is refused: %j %j", (container, spec, message) => {
    expect(() => plan(container, spec)).toThrow(message);
  });
});

it.each([
  ["ghcr.io/chainstead/agents:1@sha256:00", "ghcr.io/chainstead/agents"],
  ["localhost:5000/x:1", "localhost:5000/x"],
  ["localhost:5000/x", "localhost:5000/x"],
  ["hashicorp/vault:1.21.1", "docker.io/hashicorp/vault"],
  ["busybox", "docker.io/library/busybox"],
])("the repository of %s is %s", (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository);
});

it("has programs for our images, if the machine has them", () => {
  const paths = { node: "/n", agents: "/a.js", cometbft: "/c" };
  expect(localImage("ghcr.io/chainstead/cometbft:v1.0.1", paths)?.files).toEqual([{ path: "/usr/local/bin/cometbft", source: "/c" }]);
  expect(localImage("ghcr.io/chainstead/agents:1", paths)?.files.map((f) => f.path)).toEqual(["/usr/local/bin/node", "/usr/local/lib/chainstead/agents.js", "/usr/local/bin/chainstead-agents"]);
  expect(localImage("hashicorp/vault:1", paths)).toBeUndefined();
  expect(localImage("ghcr.io/chainstead/gaiad:1", paths)).toBeUndefined();
});

it.each([[0, 0], [1, 0], [2, 10], [3, 20], [4, 30], [9, 30], [5000, 30]])("after %d crashes it waits %d s", (crashes, seconds) => {
  expect(backoffSeconds(crashes)).toBe(seconds);
  expect(startNotBefore(record("c", { state: exited(1, t0), crashes }))).toBe(t0 + seconds * 1000);
});

it("reads quantities", () => {
  expect(["1Mi", "64M", "512", "1.5Ki"].map(bytesOf)).toEqual([1048576, 64e6, 512, 1536]);
  expect(() => bytesOf("lots")).toThrow('quantity "lots" cannot be read');
});
