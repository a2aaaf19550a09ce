import { Nodes } from "../../../components/aws/nodes";
import { Recorder, settled } from "../../support/pulumi-mocks";

const recorder = new Recorder();

beforeAll(async () => {
  await recorder.install();
  new Nodes("pool", { clusterName: "eks", subnetIds: { "eu-west-1a": "subnet-a", "eu-west-1b": "subnet-b", "eu-west-1c": "subnet-c" }, instanceType: "m7i.xlarge", perZone: 2, volumeGiB: 100 });
  await settled();
});

test("one group per zone, each in its own subnet", () => {
  expect(recorder.children().filter((child) => child.startsWith("aws:eks/nodeGroup"))).toEqual(["a", "b", "c"].map((zone) => `aws:eks/nodeGroup:NodeGroup pool-eu-west-1${zone}`));
  expect(recorder.inputsOf("pool-eu-west-1b")).toMatchObject({
    subnetIds: ["subnet-b"],
    capacityType: "ON_DEMAND",
    scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 4 },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: true },
  });
});

test("pods cannot take the node's role", () => {
  expect(recorder.inputsOf("pool-template")).toMatchObject({ metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 } });
});

test("every disk is encrypted", () => {
  const { blockDeviceMappings } = recorder.inputsOf<{ blockDeviceMappings: readonly { ebs: { encrypted: string; volumeSize: number } }[] }>("pool-template");
  expect(blockDeviceMappings.map(({ ebs }) => [ebs.volumeSize, ebs.encrypted])).toEqual([[4, "true"], [100, "true"]]);
});

test("the volume driver has a role of its own", () => {
  expect(recorder.inputsOf("pool-addon-aws-ebs-csi-driver")).toMatchObject({ podIdentityAssociations: [{ serviceAccount: "ebs-csi-controller-sa" }] });
  const { assumeRolePolicy } = recorder.inputsOf<{ assumeRolePolicy: string }>("pool-ebs-role");
  expect(JSON.parse(assumeRolePolicy)).toMatchObject({ Statement: [{ Principal: { Service: "pods.eks.amazonaws.com" }, Action: ["sts:AssumeRole", "sts:TagSession"] }] });
});
