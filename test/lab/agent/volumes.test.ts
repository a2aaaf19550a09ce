import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logFile, rotateLogs } from "../../../lab/agent/log-files";
import { payloadOf, tokenRequests, type Payload } from "../../../lab/agent/payload";
import { nodeFor, volumeFor } from "../../../lab/agent/storage";
import { makeWritable, writePayload } from "../../../lab/agent/volume-writer";
import { aPod, facts, meta, view } from "./fixtures";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cs-volumes-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the files of a volume", () => {
  const objects = view({
    configMaps: [{ metadata: meta("config"), data: { "a.json": "{}", b: "2" }, binaryData: { bin: "AAE=" } }],
    secrets: [{ metadata: meta("keys"), data: { key: Buffer.from("k").toString("base64") } }],
  });
  const files = (volume: object) => Object.fromEntries([...payloadOf({ name: "v", ...volume }, aPod(), facts, objects, (r) => `token for ${r.audience}`)].map(([path, f]) => [path, f.data.toString("latin1")]));

  it.each([
    [{ configMap: { name: "config" } }, { "a.json": "{}", b: "2", bin: "\0\x01" }],
    [{ configMap: { name: "config", items: [{ key: "b", path: "deep/b" }] } }, { "deep/b": "2" }],
    [{ secret: { secretName: "keys" } }, { key: "k" }],
    [{ secret: { secretName: "none", optional: true } }, {}],
    [{ downwardAPI: { items: [{ path: "ip", fieldRef: { fieldPath: "status.podIP" } }] } }, { ip: "198.18.16.2" }],
    [{ projected: { sources: [{ secret: { name: "keys" } }, { serviceAccountToken: { path: "token", audience: "vault" } }] } }, { key: "k", token: "token for vault" }],
  ])("%j", (volume, expected) => {
    expect(files(volume)).toEqual(expected);
  });

  it.each([
    [{ configMap: { name: "none" } }, 'ConfigMap "chain/none" not found'],
    [{ secret: { secretName: "keys", items: [{ key: "no", path: "p" }] } }, 'Secret "chain/keys" has no key "no"'],
    [{ configMap: { name: "config", items: [{ key: "b", path: "../b" }] } }, "must be relative"],
    [{ projected: { sources: [{}] } }, "not supported"],
  ])("refuses %j", (volume, message) => {
    expect(() => files(volume)).toThrow(message);
  });

  it("asks for tokens with the API's default life", () => {
    const sources = [{ serviceAccountToken: { path: "a" } }, { serviceAccountToken: { path: "b", audience: "vault", expirationSeconds: 600 } }];
    expect(tokenRequests(aPod({ volumes: [{ name: "t", projected: { sources } }] }))).toEqual([{ expirationSeconds: 3600 }, { audience: "vault", expirationSeconds: 600 }]);
  });
});

describe("writing them", () => {
  const payload = (files: Record<string, string>): Payload => new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o644 }]));

  it("swaps all files in one step, removes what is gone and leaves alone what is the same", async () => {
    expect(await writePayload(folder, payload({ a: "1", "deep/b": "2" }), {})).toBe(true);
    expect(await writePayload(folder, payload({ a: "1", "deep/b": "2" }), {})).toBe(false);
    expect(readFileSync(join(folder, "deep/b"), "utf8")).toBe("2");
    expect(await writePayload(folder, payload({ a: "one", c: "3" }), {})).toBe(true);
    expect(readdirSync(folder).filter((name) => !name.startsWith("..")).sort()).toEqual(["a", "c"]);
    expect(readdirSync(folder).filter((name) => name.startsWith(".."))).toHaveLength(2);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("one");
    expect(lstatSync(join(folder, "a")).isSymbolicLink()).toBe(true);
  });

  it("shows a token to the pod's user or group only", async () => {
    const token: Payload = new Map([["token", { data: Buffer.from("t"), mode: 0o644, token: true }]]);
    const mode = () => (statSync(join(folder, "token")).mode & 0o777).toString(8);
    await writePayload(folder, token, { user: process.getuid?.() ?? 0 });
    expect(mode()).toBe("600");
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await writePayload(folder, token, { group: process.getgid?.() ?? 0 });
    expect(mode()).toBe("640");
  });

  it("opens a folder to all, or to the pod's group with everything in it", async () => {
    await makeWritable(join(folder, "all"), undefined);
    expect(statSync(join(folder, "all")).mode & 0o7777).toBe(0o777);
    mkdirSync(join(folder, "group/deep"), { recursive: true });
    writeFileSync(join(folder, "group/deep/file"), "", { mode: 0o600 });
    await makeWritable(join(folder, "group"), process.getgid?.() ?? 0);
    expect(statSync(join(folder, "group/deep")).mode & 0o7777).toBe(0o2775);
    expect(statSync(join(folder, "group/deep/file")).mode & 0o777).toBe(0o660);
  });
});

describe("claims", () => {
  const claim = { metadata: meta("data"), spec: { storageClassName: "local", resources: { requests: { storage: "5Gi" } } }, status: { phase: "Pending" } };
  const kind = { metadata: meta("local"), provisioner: "chainstead.dev/local", volumeBindingMode: "WaitForFirstConsumer" };
  const chosen = { ...claim, metadata: { ...claim.metadata, annotations: { "volume.kubernetes.io/selected-node": "node-a2" } } };

  it("wait for the scheduler's choice, unless the class binds at once", () => {
    expect(nodeFor(claim, kind, "a")).toBeUndefined();
    expect(nodeFor(chosen, kind, "a")).toBe("node-a2");
    expect(nodeFor(claim, { ...kind, volumeBindingMode: "Immediate" }, "a")).toBe("node-a1");
  });

  it("of others, and bound ones, are left alone", () => {
    expect(nodeFor(chosen, { ...kind, provisioner: "ebs.csi.aws.com" }, "a")).toBeUndefined();
    expect(nodeFor(chosen, undefined, "a")).toBeUndefined();
    expect(nodeFor({ ...chosen, spec: { ...chosen.spec, volumeName: "x" } }, kind, "a")).toBeUndefined();
  });

  it("become a folder that only the chosen zone's node can use", () => {
    expect(volumeFor(claim, kind, "a", "node-a2", "/lab/volumes")).toMatchObject({
      metadata: { name: "pvc-data", annotations: { "pv.kubernetes.io/provisioned-by": "chainstead.dev/local" } },
      spec: { capacity: { storage: "5Gi" }, persistentVolumeReclaimPolicy: "Delete", local: { path: "/lab/volumes/pvc-data" }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ values: ["a2"] }] }] } } },
    });
    expect(() => volumeFor(claim, kind, "a", "node-b1", "/x")).toThrow('waits for node "node-b1", which is none of region a');
  });
});

it("cuts logs that have grown too long and keeps a few pieces", async () => {
  const file = logFile(folder, "chain", "cosmos-node-0", "gate");
  expect(file).toBe(join(folder, "chain_cosmos-node-0_gate.log"));
  for (const text of ["first", "second", "third", "fourth"]) {
    writeFileSync(file, text);
    expect(await rotateLogs(folder, { bytes: 4, kept: 2 })).toEqual([file]);
  }
  expect([statSync(file).size, readFileSync(`${file}.1`, "utf8"), readFileSync(`${file}.2`, "utf8"), existsSync(`${file}.3`)]).toEqual([0, "fourth", "third", false]);
  truncateSync(file, 3);
  expect(await rotateLogs(folder, { bytes: 4, kept: 2 })).toEqual([]);
});
