import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

const config = new pulumi.Config();

class Inner extends pulumi.ComponentResource {
  constructor(name: string, vpc: aws.ec2.Vpc, opts: pulumi.ComponentResourceOptions) {
    super("estate:test:Inner", name, {}, opts);
    new aws.ec2.Subnet(`${name}-subnet`, { vpcId: vpc.id, cidrBlock: "10.0.1.0/24" }, { parent: this });
    this.registerOutputs({});
  }
}

class Outer extends pulumi.ComponentResource {
  readonly vpc: aws.ec2.Vpc;
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("estate:test:Outer", name, {}, opts);
    this.vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16", tags: { owner: "estate" } }, { parent: this, protect: true });
    new Inner(`${name}-inner`, this.vpc, { parent: this });
    this.registerOutputs({ vpcId: this.vpc.id });
  }
}

export = async (): Promise<object> => {
  const other = new pulumi.StackReference("organization/estate/base");
  const provider = new aws.Provider("aws", { region: "eu-west-1" });
  const identity = aws.getCallerIdentityOutput({}, { provider });
  const outer = new Outer("net", { providers: [provider] });
  const role = new aws.iam.Role("role", { assumeRolePolicy: "{}", tags: { account: identity.accountId, from: other.requireOutput("owner") as pulumi.Output<string> } }, { provider });
  const cluster = new aws.eks.Cluster(
    "cluster",
    { roleArn: role.arn, vpcConfig: { subnetIds: [outer.vpc.id] } },
    { provider, dependsOn: [outer], ignoreChanges: ["version"] },
  );
  const kubeconfig = pulumi.all([cluster.endpoint, cluster.certificateAuthority]).apply(([endpoint, authority]) => JSON.stringify({ endpoint, authority: authority.data }));
  const k8s = new kubernetes.Provider("k8s", { kubeconfig });
  const namespace = new kubernetes.core.v1.Namespace("ns", { metadata: { name: "chain-one" } }, { provider: k8s });
  new kubernetes.core.v1.ConfigMap("settings", { metadata: { name: "settings", namespace: namespace.metadata.name }, data: { a: "1" } }, { provider: k8s });
  const vaultProvider = new vault.Provider("vault", { address: "http://127.0.0.1:8200", token: config.requireSecret("token") });
  new vault.generic.Secret("secret", { path: "kv/x", dataJson: pulumi.secret("hunter2-very-secret") }, { provider: vaultProvider });
  console.log(`console hunter2-very-secret seen`);
  return { vpc: outer.vpc.id, endpoint: cluster.endpoint, token: config.requireSecret("token") };
};
