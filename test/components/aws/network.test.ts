import { Network } from "../../../components/aws/network";
import { awsZones } from "../../../stacks/subnets";
import { Recorder, settled } from "../../support/pulumi-mocks";

/** What the component registers. It does not prove that AWS accepts it. */
const recorder = new Recorder();

beforeAll(async () => {
  await recorder.install();
  new Network("net", { region: "eu-west-1", vpc: "10.20.0.0/16", zones: awsZones("eu-west-1", "10.20.0.0/16"), logDays: 90, logsKeyArn: "arn:logs" });
  await settled();
});

test("each zone has its own way out", () => {
  const children = recorder.children();
  for (const zone of ["eu-west-1a", "eu-west-1b", "eu-west-1c"]) {
    expect(children).toEqual(
      expect.arrayContaining([
        `aws:ec2/natGateway:NatGateway net-nat-${zone}`,
        `aws:ec2/routeTable:RouteTable net-private-${zone}-table`,
        `aws:ec2/subnet:Subnet net-private-${zone}`,
        `aws:ec2/subnet:Subnet net-public-${zone}`,
      ]),
    );
    expect(recorder.inputsOf<{ subnetId: string }>(`net-nat-${zone}`).subnetId).toContain(`net-public-${zone}`);
    const { routes } = recorder.inputsOf<{ routes: readonly { cidrBlock: string; natGatewayId: string }[] }>(`net-private-${zone}-table`);
    expect(routes).toEqual([{ cidrBlock: "0.0.0.0/0", natGatewayId: expect.stringContaining(`net-nat-${zone}`) as unknown }]);
  }
});

test("no machine gets a public address by itself", () => {
  for (const kind of ["public", "private"]) {
    expect(recorder.inputsOf<{ mapPublicIpOnLaunch: boolean; cidrBlock: string }>(`net-${kind}-eu-west-1a`).mapPublicIpOnLaunch).toBe(false);
  }
});

test("the default security group admits nothing", () => expect(recorder.inputsOf("net-default-group")).toMatchObject({ ingress: [], egress: [] }));

test("AWS's services are reached from inside the VPC only", () => {
  expect(recorder.inputsOf("net-endpoints")).toMatchObject({ ingress: [{ fromPort: 443, toPort: 443, cidrBlocks: ["10.20.0.0/16"] }], egress: [] });
  expect(recorder.children().filter((child) => child.includes("VpcEndpoint")).map((child) => child.split("net-endpoint-")[1])).toEqual(
    ["ec2", "ecr-api", "ecr-dkr", "eks", "eks-auth", "kms", "logs", "s3", "sts"],
  );
});

test("all traffic is logged, encrypted, for as long as declared", () => {
  expect(recorder.inputsOf("net-flow-log")).toMatchObject({ trafficType: "ALL" });
  expect(recorder.inputsOf("net-flow-logs")).toMatchObject({ retentionInDays: 90, kmsKeyId: "arn:logs" });
});
