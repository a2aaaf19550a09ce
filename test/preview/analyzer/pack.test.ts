import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runPolicyPack } from "../../../preview/analyzer/pack";
import { Secret } from "../../../preview/values";
import { resource } from "../../support/policy-pack";

const root = join(__dirname, "..", "..", "..");
const facts = { root, organization: "organization", project: "chainstead", stack: "staging-aws-eu-west-1-chains", dryRun: true };

describe("the unmodified policy pack over its own protocol", () => {
  test("finds what the policies forbid and nothing in what they allow", async () => {
    const open = resource("kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } }, { name: "open" });
    const closed = resource("kubernetes:core/v1:Service", { spec: { type: "ClusterIP" } }, { name: "closed" });
    const found = await runPolicyPack({ ...facts, folder: join(root, "policies") }, [open, closed]);
    expect(found).toMatchObject([{ policy: "no-public-endpoint", level: "mandatory", urn: open.urn, stack: facts.stack }]);
  });

  test("keeps secrets out of findings that quote them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chainstead-pack-"));
    try {
      // A careless pack: it shows what it read.
      const policy = join(root, "node_modules", "@pulumi", "policy");
      mkdirSync(join(folder, "bin"));
      writeFileSync(join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: bin/index.js\n");
      writeFileSync(join(folder, "package.json"), '{"name":"careless","version":"0.0.1","main":"bin/index.js"}');
      writeFileSync(
        join(folder, "bin", "index.js"),
        `const { PolicyPack } = require(${JSON.stringify(policy)});
         new PolicyPack("careless", { policies: [{ name: "shows", description: "d", enforcementLevel: "mandatory", validateResource: (args, report) => report("value " + args.props.data) }] });`,
      );
      const found = await runPolicyPack({ ...facts, folder }, [resource("a:b:C", { data: new Secret("correct horse battery") })]);
      expect(found.map((f) => f.message).join()).toContain("value [secret]");
      expect(JSON.stringify(found)).not.toContain("battery");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a pack that is not built or does not start is a clear error", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chainstead-pack-"));
    try {
      await expect(runPolicyPack({ ...facts, folder }, [])).rejects.toThrow(/is missing. Build it first/);
      mkdirSync(join(folder, "bin"));
      writeFileSync(join(folder, "package.json"), '{"name":"broken","version":"0.0.1","main":"bin/index.js"}');
      writeFileSync(join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: bin/index.js\n");
      writeFileSync(join(folder, "bin", "index.js"), 'throw new Error("no such thing")');
      await expect(runPolicyPack({ ...facts, folder }, [])).rejects.toThrow(/exited with .* before it was ready[\s\S]*no such thing/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
