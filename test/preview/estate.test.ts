import { inspect } from "node:util";
import type { Evaluation } from "../../preview/evaluate";
import { renderDigest } from "../../preview/render/json";
import { renderMarkdown } from "../../preview/render/markdown";
import { renderTree } from "../../preview/render/tree";
import { hasSecret, Secret, unknown } from "../../preview/values";
import { evaluateProgram, named, patience } from "./support";

const secrets = ["hunter2-very-secret", "secret-placeholder:estate:token"];
const urn = (type: string, name: string): string => `urn:pulumi:test::estate::${type}::${name}`;

describe("an estate of AWS, Kubernetes and Vault resources, evaluated for a preview", () => {
  let evaluation: Evaluation;
  beforeAll(async () => {
    evaluation = await evaluateProgram("estate", "preview");
  }, patience);

  it("ends well", () => {
    expect(evaluation.logs).toEqual([{ severity: "info", message: "console [secret] seen" }]);
    expect(evaluation.exitCode).toBe(0);
  });

  it("computes URNs by the engine's rule, with the whole chain of parents' types", () => {
    const inner = "estate:test:Outer$estate:test:Inner";
    expect(evaluation.resources.map(({ resource }) => resource.urn)).toEqual(
      expect.arrayContaining([
        urn("pulumi:pulumi:Stack", "estate-test"),
        urn("pulumi:providers:aws", "aws"),
        urn("estate:test:Outer", "net"),
        urn("estate:test:Outer$aws:ec2/vpc:Vpc", "net-vpc"),
        urn(inner, "net-inner"),
        urn(`${inner}$aws:ec2/subnet:Subnet`, "net-inner-subnet"),
      ]),
    );
    expect(named(evaluation, "net-inner-subnet").resource.parent).toBe(urn(inner, "net-inner"));
  });

  it("knows which property comes from which resource", () => {
    expect(named(evaluation, "net-inner-subnet").resource.propertyDependencies).toEqual({ vpcId: [urn("estate:test:Outer$aws:ec2/vpc:Vpc", "net-vpc")] });
    const cluster = named(evaluation, "cluster").resource;
    expect(cluster.propertyDependencies).toEqual({ roleArn: [urn("aws:iam/role:Role", "role")], vpcConfig: [urn("estate:test:Outer$aws:ec2/vpc:Vpc", "net-vpc")] });
    // dependsOn a component means everything in it.
    expect(cluster.dependencies).toEqual(expect.arrayContaining([urn("estate:test:Outer$estate:test:Inner$aws:ec2/subnet:Subnet", "net-inner-subnet")]));
    expect(cluster.ignoreChanges).toEqual(["version"]);
  });

  it("leaves outputs unknown, and nothing else", () => {
    expect(named(evaluation, "cluster").resource.inputs.roleArn).toBe(unknown);
    expect(named(evaluation, "cluster").id).toBeUndefined();
    expect(named(evaluation, "settings").resource.inputs.metadata).toEqual({ name: "settings", namespace: "chain-one" });
    expect(evaluation.outputs.vpc).toBe(unknown);
  });

  it("answers invokes and stack references from the fixtures", () => {
    expect(named(evaluation, "role").resource.inputs.tags).toEqual({ account: "123456789012", from: "operators" });
  });

  it("hands the component's provider and the vpc's protection on", () => {
    expect(named(evaluation, "net-inner-subnet").resource.provider).toMatch(/pulumi:providers:aws::aws::/);
    expect(named(evaluation, "net-vpc").resource.protect).toBe(true);
  });

  it("names file and line of each declaration", () => {
    const { sourcePosition } = named(evaluation, "net-inner-subnet").resource;
    expect(sourcePosition?.file).toMatch(/programs\/estate\/index\.ts$/);
    expect(named(evaluation, "aws").resource.sourcePosition?.file).toMatch(/programs\/estate\/index\.ts$/);
  });

  it("keeps secrets secret and shows them nowhere", () => {
    expect(hasSecret(named(evaluation, "secret").resource.inputs)).toBe(true);
    expect(evaluation.outputs.token).toBeInstanceOf(Secret);
    const report = { evaluation, findings: [] };
    const printed = [renderTree(evaluation, { colour: true }), JSON.stringify(renderDigest(evaluation)), renderMarkdown([report]), JSON.stringify(evaluation.resources), inspect(evaluation.resources, { depth: 20 }), JSON.stringify(evaluation.logs), `${String(evaluation.outputs.token)}`];
    for (const text of printed) for (const secret of secrets) expect(text).not.toContain(secret);
    expect(printed[0]).toContain("token = [secret]");
  });

  it("says what it cannot know", () => {
    expect(evaluation.approximations.map(({ kind }) => kind)).toEqual(["defaults", "replacement", "invisible-apply", "config"]);
    expect(renderTree(evaluation, { colour: false })).toMatch(/What this evaluation cannot know[\s\S]*estate:token/);
  });
});

describe("the same estate with made-up outputs", () => {
  let evaluation: Evaluation;
  beforeAll(async () => {
    evaluation = await evaluateProgram("estate", "synth");
  }, patience);

  it("runs every apply body, with values of the right shape", () => {
    expect(evaluation.exitCode).toBe(0);
    expect(named(evaluation, "net-vpc").id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(named(evaluation, "role").outputs.arn).toMatch(/^arn:aws:iam::123456789012:role\/role-[0-9a-f]{7}$/);
    expect(evaluation.outputs.endpoint).toMatch(/^https:\/\/[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com$/);
    const { kubeconfig } = named(evaluation, "k8s").resource.inputs;
    const { authority } = JSON.parse(String(kubeconfig)) as { authority: string };
    expect(Buffer.from(authority, "base64").toString()).toContain("BEGIN CERTIFICATE");
    expect(named(evaluation, "settings").id).toBe("chain-one/settings");
  });

  it(
    "gives the same graph again",
    async () => {
      const again = await evaluateProgram("estate", "synth");
      expect(renderDigest(again).steps).toEqual(renderDigest(evaluation).steps);
    },
    patience,
  );
});
