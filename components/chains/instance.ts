import { instanceName, type ChainDefinition, type Network, type Process } from "../../chains/definition";
import { fenceLabel, instanceLabel, processLabel } from "../../chains/labels";
import type { ChainPlacement } from "./placement";

/** A chain on a network in a region, checked: what all parts of a chain component are built from. Pure data. */
export interface ChainInstance {
  readonly definition: ChainDefinition<never>;
  /** `<chain>-<network>`. */
  readonly name: string;
  readonly network: string;
  readonly facts: Network;
  readonly namespace: string;
  readonly processes: readonly Process[];
  readonly gate: ReturnType<ChainDefinition<never>["gateTiming"]>;
  readonly gatePolicy: ReturnType<ChainDefinition<never>["gatePolicy"]>;
  readonly placement: ChainPlacement;
}

/** @throws with every problem at once when the name, the network or the settings are wrong. */
export function describeInstance<Settings>(
  definition: ChainDefinition<Settings>,
  name: string,
  args: { readonly network: string; readonly settings: Settings; readonly placement: ChainPlacement },
): ChainInstance {
  const { network, settings, placement } = args;
  const expected = instanceName(definition.chain, network);
  const problems = [...definition.checkSettings(settings, network)];
  if (name !== expected) {
    problems.push(`the component is named '${name}', but its network makes it '${expected}'; name it so, because Vault paths and the fence key are built from it`);
  }
  if (placement.region === placement.peerRegion) {
    problems.push(`placement.peerRegion is '${placement.peerRegion}', which is the region itself; name the other one`);
  }
  if (![placement.region, placement.peerRegion].includes(placement.preferredRegion)) {
    problems.push(`placement.preferredRegion is '${placement.preferredRegion}'; write '${placement.region}' or '${placement.peerRegion}'`);
  }
  const facts = definition.networks[network];
  if (problems.length > 0 || facts === undefined) {
    throw new Error(`${definition.title} '${name}':\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  }
  return {
    definition: definition as ChainDefinition<never>,
    name,
    network,
    facts,
    namespace: `chain-${name}`,
    processes: definition.processes(settings, network),
    gate: definition.gateTiming(settings, network),
    gatePolicy: definition.gatePolicy(settings, network),
    placement,
  };
}

/** The one process of that name. */
export function processOf(instance: ChainInstance, name: string): Process {
  const found = instance.processes.find((process) => process.name === name);
  if (found === undefined) {
    throw new Error(`${instance.name}: no process '${name}'; its definition has ${instance.processes.map((p) => p.name).join(", ")}`);
  }
  return found;
}

/** Name of a process's Kubernetes objects. */
export function workloadName(instance: ChainInstance, process: Process): string {
  return `${instance.name}-${process.name}`;
}

/** Behind the gate, or on its own. */
export function isGated(process: Process): boolean {
  return process.fence.kind === "ledger";
}

/** Labels by which Services, policies and disruption budgets select a process; they never change. */
export function selectorLabels(instance: ChainInstance, process: Process): Record<string, string> {
  return { [instanceLabel]: instance.name, [processLabel]: process.name };
}

/** Labels of everything of a chain. Monitoring makes `chain`, `network`, `instance` and `region` of them. */
export function instanceLabels(instance: ChainInstance): Record<string, string> {
  return {
    "app.kubernetes.io/name": instance.definition.chain,
    [instanceLabel]: instance.name,
    "app.kubernetes.io/part-of": "chainstead",
    "chainstead.dev/network": instance.network,
    "chainstead.dev/region": instance.placement.region,
  };
}

/** The fence is a label too, so that policies know a producer when they see one. */
export function workloadLabels(instance: ChainInstance, process: Process): Record<string, string> {
  return { ...instanceLabels(instance), ...selectorLabels(instance, process), [fenceLabel]: process.fence.kind };
}
