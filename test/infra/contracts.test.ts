import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chainsContract, foundationContract, globalContract, parseOutputs, platformContract } from "../../infra/contracts";
import { environments, globalStack, regionStack } from "../../stacks";

const contracts = { foundation: foundationContract, platform: platformContract, chains: chainsContract };
const good = { contract: 1, cluster: { name: "a-cluster", endpoint: "https://198.18.0.1:6443", certificateAuthority: "UEVN" }, roles: {} };

test("what a layer gives is what the next one gets", () => expect(parseOutputs("local-a-foundation", foundationContract, good)).toEqual(good));

test.each<[string, unknown, RegExp]>([
  ["nothing yet", {}, /- contract: .*\n- cluster: .*\n- roles: /],
  ["another version of the contract", { ...good, contract: 2 }, /- contract: /],
  ["a renamed output", { ...good, cluster: { ...good.cluster, endpoint: undefined, url: "x" } }, /- cluster\.endpoint: /],
  ["an endpoint without TLS", { ...good, cluster: { ...good.cluster, endpoint: "http://198.18.0.1:6443" } }, /- cluster\.endpoint: /],
  ["an output that no contract knows", { ...good, token: "s.secret" }, /Unrecognized key/],
])("%s is refused by the stack's name, with every output that is wrong", (_what, outputs, words) => {
  const read = (): unknown => parseOutputs("local-a-foundation", foundationContract, outputs);
  expect(read).toThrow("Stack local-a-foundation does not hold what the next layer needs:");
  expect(read).toThrow(words);
});

describe("fixtures hold what the layers really give", () => {
  test.each(environments.map((environment) => [environment.name, environment] as const))("%s", (name, environment) => {
    const file = join(__dirname, "../../stacks/fixtures", `${name}.json`);
    const { stackReferences } = JSON.parse(readFileSync(file, "utf8")) as { stackReferences: Record<string, unknown> };
    parseOutputs(globalStack(environment), globalContract, stackReferences[globalStack(environment)]);
    for (const region of environment.regions) {
      for (const layer of ["foundation", "platform"] as const) {
        const stack = regionStack(environment, region, layer);
        expect(parseOutputs(stack, contracts[layer], stackReferences[stack])).toBeDefined();
      }
    }
  });
});
