import { expand, fieldValue, resolveEnv } from "../../../lab/agent/env";
import { aContainer, aPod, facts, meta, view } from "./fixtures";

it.each([
  ["$(A)", "1"],
  ["x$(A)y$(B)", "x1y2"],
  ["$$(A)", "$(A)"],
  ["$(UNKNOWN)", "$(UNKNOWN)"],
  ["$A ${A} $", "$A ${A} $"],
  ["$$$(A)", "$1"],
])("expands %s to %s", (text, expected) => {
  expect(expand(text, new Map([["A", "1"], ["B", "2"]]))).toBe(expected);
});

it.each([
  ["metadata.name", "cosmos-node-0"],
  ["metadata.namespace", "chain"],
  ["metadata.labels['app']", "cosmos"],
  ["metadata.labels['none']", ""],
  ["metadata.labels", 'app="cosmos"'],
  ["spec.nodeName", "node-a1"],
  ["spec.serviceAccountName", "default"],
  ["status.podIP", "198.18.16.2"],
  ["status.hostIP", "198.18.0.1"],
])("field %s is %s", (path, expected) => {
  expect(fieldValue(aPod(), facts, path)).toBe(expected);
});

it("refuses a field it does not know", () => {
  expect(() => fieldValue(aPod(), facts, "status.phase")).toThrow('fieldRef "status.phase" is not supported');
});

describe("a container's environment", () => {
  const objects = view({
    configMaps: [{ metadata: meta("settings"), data: { LEVEL: "info", OTHER: "x" } }],
    secrets: [{ metadata: meta("keys"), data: { TOKEN: Buffer.from("s3cret\n").toString("base64") } }],
  });
  const resolve = (more: Parameters<typeof aContainer>[1]) => Object.fromEntries(resolveEnv(aPod(), aContainer("c", more), facts, objects, { PATH: "/bin" }));

  it("is taken from every source, and later ones win", () => {
    expect(
      resolve({
        envFrom: [{ prefix: "S_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }],
        env: [
          { name: "S_OTHER", value: "mine" },
          { name: "URL", value: "http://$(POD_IP)/$(S_LEVEL)" },
          { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          { name: "URL2", value: "http://$(POD_IP)/$(S_LEVEL)" },
          { name: "GONE", valueFrom: { configMapKeyRef: { name: "none", key: "k", optional: true } } },
        ],
      }),
    ).toEqual({ PATH: "/bin", S_LEVEL: "info", S_OTHER: "mine", TOKEN: "s3cret\n", URL: "http://$(POD_IP)/info", POD_IP: "198.18.16.2", URL2: "http://198.18.16.2/info" });
  });

  it.each([
    [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "no" } } }, 'ConfigMap "chain/settings" has no key "no", which container "c" needs'],
    [{ name: "A", valueFrom: { secretKeyRef: { name: "none", key: "k" } } }, 'Secret "chain/none" has no key "k"'],
    [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }, "its valueFrom is not supported"],
    [{ name: "a.b", value: "1" }, 'environment variable "a.b" of container "c": only letters'],
  ])("is refused: %j", (entry, message) => {
    expect(() => resolve({ env: [entry] })).toThrow(message);
  });
});
