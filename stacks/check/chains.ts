/** The chains of an environment, and the same chain in several environments. */
import { instanceName } from "../../chains/definition";
import { nearest } from "../nearest";
import type { ChainDeclaration, Environment } from "../types";
import type { Catalogue } from "./catalogue";
import { finding, type Finding, type Problem } from "./problem";

/** A namespace is `chain-<instance>`, and Kubernetes allows 63 characters. */
const longestInstance = 63 - "chain-".length;

type Rule = (declared: ChainDeclaration, field: string, environment: Environment, catalogue: Catalogue) => readonly Finding[];

const known: Rule = (declared, field, _environment, catalogue) => {
  const definition = catalogue.definition(declared.chain);
  if (!definition) {
    return [finding(`${field}.chain`, declared.chain, "There is no such chain", `did you mean ${nearest(declared.chain, catalogue.names, 2).join(" or ")}? chains/index.ts lists all`)];
  }
  const networks = Object.keys(definition.networks);
  return networks.includes(declared.network)
    ? []
    : [finding(`${field}.network`, declared.network, `${definition.title} has no such network`, `use one of ${networks.join(", ")}`)];
};

const settings: Rule = (declared, field, _environment, catalogue) =>
  catalogue.settingsProblems(declared).map((problem) => finding(`${field}.settings`, declared.settings, problem.replace(/\.$/, ""), "correct the setting in the environment's file below stacks/"));

const alive: Rule = (declared, field, environment, catalogue) => {
  const network = catalogue.definition(declared.chain)?.networks[declared.network];
  if (!network || network.status === "live" || environment.purpose !== "production" || declared.acknowledgement?.trim()) return [];
  return [finding(`${field}.acknowledgement`, declared.acknowledgement, `The network is ${network.status}: ${network.statusNote.replace(/\.$/, "")}`, "remove the chain, or write into `acknowledgement` who accepted this and why")];
};

const preferredRegion: Rule = (declared, field, environment) => {
  const names = environment.regions.map((region) => region.name);
  return names.includes(declared.preferredRegion)
    ? []
    : [finding(`${field}.preferredRegion`, declared.preferredRegion, "The environment has no such region", `use ${names.join(" or ")}`)];
};

const graceful: Rule = (declared, field, _environment, catalogue) =>
  catalogue
    .processes(declared)
    .filter((process) => !(process.terminationGraceSeconds > 0))
    .map((process) =>
      finding(`${field}.settings`, process.terminationGraceSeconds, `Process ${process.name} would be killed at once: its grace period is 0, so it could neither release the fence nor close its database`, "set a grace period of at least 30 s in the chain's definition"),
    );

const nameLength: Rule = (declared, field) => {
  const instance = instanceName(declared.chain, declared.network);
  return instance.length > longestInstance ? [finding(`${field}.network`, instance, `The name is longer than ${longestInstance} characters, so there can be no namespace of that name`, "shorten the network's name in the chain's definition")] : [];
};

const rules: readonly Rule[] = [known, settings, alive, preferredRegion, graceful, nameLength];

/** A second declaration of an instance would be a second producer with the same key. */
function twice(environment: Environment): readonly Finding[] {
  const instances = environment.chains.map((declared) => instanceName(declared.chain, declared.network));
  return instances.flatMap((instance, i) =>
    instances.indexOf(instance) < i ? [finding(`chains[${i}]`, instance, "The producer is declared twice", `keep one of chains[${instances.indexOf(instance)}] and chains[${i}]; both regions are meant by one declaration`)] : [],
  );
}

export function chainFindings(environment: Environment, catalogue: Catalogue): readonly Finding[] {
  return [
    ...environment.chains.flatMap((declared, i) => rules.flatMap((rule) => rule(declared, `chains[${i}]`, environment, catalogue))),
    ...twice(environment),
  ];
}

/**
 * Two environments have two quorums: nothing fences their producers against each other. So where both declare one chain id, they must name
 * different validators. Labs are left out: each has a world of its own.
 */
export function fleetProblems(environments: readonly Environment[], catalogue: Catalogue): readonly Problem[] {
  const declared = environments
    .filter((environment) => environment.purpose !== "lab")
    .flatMap((environment) =>
      environment.chains.map((chain, i) => ({ environment, chain, field: `chains[${i}].validator`, chainId: catalogue.definition(chain.chain)?.networks[chain.network]?.chainId })),
    )
    // What needs no fence may run anywhere, any number of times.
    .filter(({ chain, chainId }) => chainId !== undefined && catalogue.processes(chain).some((process) => process.fence.kind !== "none"));
  return declared.flatMap((one) =>
    declared
      .filter((other) => other.chainId === one.chainId && other.environment.name !== one.environment.name)
      .filter((other) => !one.chain.validator || !other.chain.validator || one.chain.validator === other.chain.validator)
      .map((other) => ({
        environment: one.environment.name,
        ...finding(one.field, one.chain.validator, `${other.environment.name} declares ${one.chainId} too, and no quorum stands over both: one key in both would sign twice`, "write each validator's own consensus address into `validator` in both environments"),
      })),
  );
}
