import * as aws from "@pulumi/aws";
import { assumedByAccount } from "../../../components/aws/identities";
import { Keys } from "../../../components/aws/keys";
import { UnsealKey } from "../../../components/aws/unseal-key";
import { Recorder, settled } from "../../support/pulumi-mocks";

const recorder = new Recorder();
const account = "111122223333";

beforeAll(async () => {
  await recorder.install();
  const [west, central] = ["eu-west-1", "eu-central-1"].map((region) => new aws.Provider(`aws-${region}`, { region: region as aws.Region })) as [aws.Provider, aws.Provider];
  new Keys("keys", { account, region: "eu-west-1" }, { provider: west });
  new UnsealKey("unseal", { account, primary: "eu-west-1", replicas: { "eu-central-1": central } }, { provider: west });
  await settled();
});

test("keys are rotated, and deleting one takes a month", () => {
  for (const key of ["keys-secrets", "keys-logs", "unseal-eu-west-1"]) expect(recorder.inputsOf(key)).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
});

test("the account stays in control of each key, and only the region's logs may use theirs", () => {
  const policy = (key: string): { Statement: readonly { Sid: string; Principal: object; Condition?: object }[] } => JSON.parse(recorder.inputsOf<{ policy: string }>(key).policy) as never;
  expect(policy("keys-secrets").Statement.map((statement) => statement.Sid)).toEqual(["Account"]);
  expect(policy("keys-logs").Statement).toMatchObject([
    { Principal: { AWS: "arn:aws:iam::111122223333:root" } },
    { Principal: { Service: "logs.eu-west-1.amazonaws.com" }, Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:*" } } },
  ]);
});

test("the key that unseals Vault is one key in two regions", () => {
  expect(recorder.inputsOf("unseal-eu-west-1")).toMatchObject({ multiRegion: true });
  expect(recorder.children()).toContain("aws:kms/replicaKey:ReplicaKey unseal-eu-central-1");
});

test("a role is taken by one exact service account", () => {
  expect(JSON.parse(assumedByAccount("arn:oidc", "https://oidc.eks/id/X", "vault", "vault"))).toMatchObject({
    Statement: [{ Principal: { Federated: "arn:oidc" }, Condition: { StringEquals: { "oidc.eks/id/X:aud": "sts.amazonaws.com", "oidc.eks/id/X:sub": "system:serviceaccount:vault:vault" } } }],
  });
});
