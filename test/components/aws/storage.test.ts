import { Storage as EbsStorage } from "../../../components/aws/storage";
import { directoryProvisioner, Storage as DirectoryStorage } from "../../../components/local/storage";
import { provisioner } from "../../../lab/agent/storage";
import { Recorder, settled } from "../../support/pulumi-mocks";

const recorder = new Recorder();

beforeAll(async () => {
  await recorder.install();
  new EbsStorage("ebs", {});
  new DirectoryStorage("dir", {});
  await settled();
});

type Class = { metadata: { name: string; annotations: Record<string, string> }; parameters?: Record<string, string>; volumeBindingMode: string; reclaimPolicy: string };

test.each(["ebs", "dir"])("%s: a claim reads alike everywhere, and waits for its pod's zone", (name) => {
  const classes = ["fast", "standard"].map((role) => recorder.inputsOf<Class>(`${name}-${role}`));
  expect(classes.map((each) => each.metadata.name)).toEqual(["fast", "standard"]);
  expect(classes.map((each) => each.volumeBindingMode)).toEqual(["WaitForFirstConsumer", "WaitForFirstConsumer"]);
  expect(classes.map((each) => each.metadata.annotations["storageclass.kubernetes.io/is-default-class"])).toEqual([undefined, "true"]);
});

test("volumes in the cloud are encrypted and outlive their claim", () => {
  for (const role of ["fast", "standard"]) {
    const { parameters, reclaimPolicy } = recorder.inputsOf<Class>(`ebs-${role}`);
    expect([parameters?.["encrypted"], reclaimPolicy]).toEqual(["true", "Retain"]);
  }
});

test("the lab's node agent provides what the local classes ask for", () => expect(directoryProvisioner).toBe(provisioner));
