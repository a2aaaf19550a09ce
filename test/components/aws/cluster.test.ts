import { Cluster } from "../../../components/aws/cluster";
import { eksKubeconfig } from "../../../components/aws/kubeconfig";
import { Recorder, settled } from "../../support/pulumi-mocks";

const recorder = new Recorder();

beforeAll(async () => {
  await recorder.install();
  new Cluster("eks", {
    kubernetesVersion: "1.35",
    vpcId: "vpc-1",
    subnetIds: { a: "subnet-a", b: "subnet-b", c: "subnet-c" },
    serviceCidr: "172.20.0.0/20",
    clients: { vpc: "10.20.0.0/16", "peer 10.200.0.0/22": "10.200.0.0/22" },
    administrators: { deployer: "arn:aws:iam::111122223333:role/deployer" },
    secretsKeyArn: "arn:secrets",
    logsKeyArn: "arn:logs",
    logDays: 90,
  });
  await settled();
});

test("registers exactly these resources", () => {
  expect(recorder.children()).toEqual([
    "aws:cloudwatch/logGroup:LogGroup eks-logs",
    "aws:ec2/securityGroup:SecurityGroup eks-api",
    "aws:eks/accessEntry:AccessEntry eks-access-deployer",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation eks-access-deployer-admin",
    "aws:eks/addon:Addon eks-addon-eks-pod-identity-agent",
    "aws:eks/addon:Addon eks-addon-kube-proxy",
    "aws:eks/addon:Addon eks-addon-vpc-cni",
    "aws:eks/cluster:Cluster eks-control-plane",
    "aws:iam/role:Role eks-role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment eks-role-policy",
    "chainstead:aws:Cluster eks",
  ]);
});

test("the control plane is private, encrypted, logged, and nobody has access by accident", () => {
  expect(recorder.inputsOf("eks-control-plane")).toMatchObject({
    name: "eks",
    version: "1.35",
    vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false, subnetIds: ["subnet-a", "subnet-b", "subnet-c"] },
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { provider: { keyArn: "arn:secrets" }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    kubernetesNetworkConfig: { serviceIpv4Cidr: "172.20.0.0/20" },
    bootstrapSelfManagedAddons: false,
    upgradePolicy: { supportType: "STANDARD" },
    deletionProtection: true,
  });
});

test("only declared networks reach the API", () => {
  const { ingress } = recorder.inputsOf<{ ingress: readonly { cidrBlocks: readonly string[]; fromPort: number }[] }>("eks-api");
  expect(ingress.map((rule) => [rule.fromPort, rule.cidrBlocks])).toEqual([[443, ["10.20.0.0/16"]], [443, ["10.200.0.0/22"]]]);
});

test("network policies are enforced", () => {
  const { configurationValues } = recorder.inputsOf<{ configurationValues: string }>("eks-addon-vpc-cni");
  expect(JSON.parse(configurationValues)).toEqual({ enableNetworkPolicy: "true" });
});

test("the log group carries the name that EKS writes to", () => {
  expect(recorder.inputsOf("eks-logs")).toMatchObject({ name: "/aws/eks/eks/cluster", retentionInDays: 90, kmsKeyId: "arn:logs" });
});

test("the kubeconfig holds no credential", () => {
  const config = JSON.parse(eksKubeconfig({ name: "eks", endpoint: "https://x.eks.amazonaws.com", certificateAuthority: "UEVN", region: "eu-west-1" })) as { users: readonly { user: object }[] };
  expect(config.users.map(({ user }) => Object.keys(user))).toEqual([["exec"]]);
  expect(config).toMatchObject({ "current-context": "eks", clusters: [{ cluster: { server: "https://x.eks.amazonaws.com", "certificate-authority-data": "UEVN" } }] });
});
