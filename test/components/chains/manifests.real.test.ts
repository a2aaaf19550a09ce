import { Cosmos, Dummy } from "../../../components/chains";
import type { JsonObject } from "../../../preview/apply/plain";
import { startApiServer, type ApiServer } from "../../support/api-server";
import { Recorder, settled, type Registered } from "../../support/pulumi-mocks";
import { placement } from "./placement-fixture";

/**
 * A real Kubernetes API takes every manifest as it is, and the namespaces' *restricted* Pod Security lets the pods in.
 * There are no nodes: nothing runs here.
 */
describe("manifests of chains", () => {
  const recorder = new Recorder();
  let api: ApiServer;

  beforeAll(async () => {
    await recorder.install();
    const where = placement();
    new Cosmos("cosmos-local", { network: "local", settings: {}, placement: where });
    new Dummy("dummy-local", { network: "local", settings: {}, placement: where });
    await settled();
    api = await startApiServer();
    // The class that the platform makes, and the account that its controller would make.
    await create("/apis/scheduling.k8s.io/v1/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "chainstead-producer" }, value: 1_000_000 });
  }, 180_000);

  afterAll(() => api.stop(), 60_000);

  async function create(path: string, body: JsonObject): Promise<void> {
    const answer = await api.call("POST", `${path}?fieldValidation=Strict`, body);
    if (answer.status !== 201) {
      throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}\n${JSON.stringify(body, null, 1)}`);
    }
  }

  it("are accepted, and make pods that the restricted profile lets in", async () => {
    const manifests = recorder.resources.filter((resource) => resource.type.startsWith("kubernetes:"));
    const rank = (resource: Registered): number => ["Namespace", "ServiceAccount", "ConfigMap"].indexOf(kindOf(resource)) + (kindOf(resource) === "StatefulSet" ? 10 : 0);
    const first = manifests.filter((resource) => kindOf(resource) === "Namespace");
    const rest = manifests.filter((resource) => kindOf(resource) !== "Namespace").sort((x, y) => rank(x) - rank(y));
    for (const resource of [...first, ...rest]) {
      await create(collection(resource), resource.inputs as JsonObject);
    }
    for (const name of ["cosmos-local", "dummy-local"]) {
      await podOf(name);
    }
  }, 60_000);

  /** Made by the real controller; a pod that Pod Security refuses never appears, and an event says why. */
  async function podOf(instance: string): Promise<void> {
    const namespace = `/api/v1/namespaces/chain-${instance}`;
    const deadline = Date.now() + 30_000;
    while ((await api.call("GET", `${namespace}/pods/${instance}-node-0`)).status !== 200) {
      if (Date.now() > deadline) {
        throw new Error(`no pod of ${instance}: ${JSON.stringify((await api.call("GET", `${namespace}/events`)).body)}`);
      }
      await new Promise((next) => setTimeout(next, 250));
    }
  }
});

function kindOf(resource: Registered): string {
  return resource.type.split(":")[2] ?? "";
}

function collection(resource: Registered): string {
  const [, group = ""] = resource.type.split(":");
  const namespace = (resource.inputs.metadata as { namespace?: string }).namespace;
  const root = group.startsWith("core/") ? "/api/v1" : `/apis/${group}`;
  const plural: Record<string, string> = { NetworkPolicy: "networkpolicies" };
  const kind = kindOf(resource);
  return `${root}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${plural[kind] ?? `${kind.toLowerCase()}s`}`;
}
