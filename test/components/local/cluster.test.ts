import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesCluster } from "../../../components/cluster";
import { Cluster } from "../../../components/local/cluster";
import { certificateAuthorityOf, kubeconfigNotGiven } from "../../../components/local/kubeconfig";
import { Recorder, settled } from "../../support/pulumi-mocks";

test("the lab's cluster is the same seam as a cloud's, without children", async () => {
  const recorder = new Recorder();
  await recorder.install();
  const cluster: KubernetesCluster = new Cluster("local-a-cluster", { endpoint: "https://198.18.0.1:6443", certificateAuthority: "UEVN" });
  await settled();
  expect(recorder.children()).toEqual(["chainstead:local:Cluster local-a-cluster"]);
  expect(await new Promise((resolve) => void cluster.endpoint.apply(resolve))).toBe("https://198.18.0.1:6443");
});

describe("the certificate authority in a kubeconfig", () => {
  let folder: string;
  const write = (text: string): string => {
    const path = join(folder, "config.yaml");
    writeFileSync(path, text);
    return path;
  };

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "chainstead-kubeconfig-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is read", () => expect(certificateAuthorityOf(write("clusters:\n  - name: a\n    cluster: {server: 'https://x', certificate-authority-data: UEVN}\n"))).toBe("UEVN"));

  test("is a placeholder that says what to do when no path is given", () => expect(Buffer.from(certificateAuthorityOf(undefined), "base64").toString()).toBe(kubeconfigNotGiven));

  test.each([
    ["missing", undefined],
    ["no YAML", "a: [b"],
    ["without a certificate authority", "clusters:\n  - name: a\n    cluster: {server: 'https://x'}\n"],
  ])("a file that is %s is named with the setting", (_what, text) => {
    const path = text === undefined ? join(folder, "nowhere.yaml") : write(text);
    expect(() => certificateAuthorityOf(path)).toThrow(`The kubeconfig ${path} (stack configuration chainstead:kubeconfig) cannot be used`);
  });
});
