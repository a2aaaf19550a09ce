import { chainComponents, Dummy } from "../../../components/chains";
import { chainNames } from "../../../chains";
import { Recorder, settled } from "../../support/pulumi-mocks";
import { placement } from "./placement-fixture";

describe("Dummy", () => {
  const recorder = new Recorder();

  beforeAll(async () => {
    await recorder.install();
    new Dummy("dummy-local", { network: "local", settings: {}, placement: placement() });
    await settled();
  });

  it("has no gate, no key and nothing in Vault", () => {
    expect(recorder.children()).toEqual([
      "chainstead:chains:Access dummy-local-access",
      "chainstead:chains:Dummy dummy-local",
      "chainstead:chains:Home dummy-local-home",
      "chainstead:chains:Node dummy-local-node",
      "consul:index/keys:Keys dummy-local-access-facts",
      "kubernetes:apps/v1:StatefulSet dummy-local-node-workload",
      "kubernetes:core/v1:ConfigMap dummy-local-node-files",
      "kubernetes:core/v1:ConfigMap dummy-local-node-probe",
      "kubernetes:core/v1:Namespace dummy-local-home-namespace",
      "kubernetes:core/v1:Service dummy-local-node-headless",
      "kubernetes:core/v1:Service dummy-local-node-service",
      "kubernetes:core/v1:ServiceAccount dummy-local-node-account",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy dummy-local-home-default-deny",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy dummy-local-node-traffic",
      "kubernetes:policy/v1:PodDisruptionBudget dummy-local-node-disruption",
    ]);
  });

  it("can be thrown away where the placement says so", () => {
    expect(recorder.requests.filter((request) => request.protect)).toEqual([]);
  });

  it("stands in the table of components, as every chain does", () => {
    expect(Object.keys(chainComponents).sort()).toEqual([...chainNames].sort());
    expect(chainComponents.dummy).toBe(Dummy);
  });
});
