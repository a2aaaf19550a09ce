import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

import { exempt } from "./exemptions";
import { containersOf, fenceOf, holdsProducerRole, known, podOf, type Workload } from "./workloads";

/** Two producers in one region are one key signing twice as soon as a gate is misconfigured. */
export const oneProducer: StackValidationPolicy = {
  name: "one-producer-per-chain-and-region",
  description: "A chain has at most one fenced producer workload in a region, with exactly one replica.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateStack: (args, report) => {
    const seen = new Map<string, string>();
    for (const resource of args.resources) {
      const facts = known(() => producerFacts(resource.type, resource.props));
      if ("unknown" in facts) {
        report(`Whether this is a producer, and how many, cannot be known in a preview (${facts.unknown}). Write labels and replicas as plain values.`, resource.urn);
        continue;
      }
      if (facts.value === undefined) continue;
      const { key, replicas } = facts.value;
      const first = seen.get(key);
      if (first !== undefined) {
        report(`${key} has a second producer (the first is ${first}). Declare the chain once per environment.`, resource.urn);
      }
      seen.set(key, resource.name);
      if (resource.type !== "kubernetes:apps/v1:StatefulSet") {
        report(`${key} runs as ${resource.type.split(":")[2]}, which may start a copy before the old pod is gone. Use a StatefulSet.`, resource.urn);
      }
      if (replicas !== 1) {
        report(`${key} has ${replicas ?? "no"} replicas. A producer has exactly one; the gate, not the replica count, decides who is active.`, resource.urn);
      }
    }
  },
};

/** Which producer this workload is and how many copies it asks for; undefined for anything else. Throws for unknown values. */
function producerFacts(type: string, props: unknown): { key: string; replicas: number | undefined } | undefined {
  if (!holdsProducerRole(fenceOf(type, props))) return undefined;
  const { spec } = props as Workload;
  const labels = spec?.template?.metadata?.labels ?? {};
  return {
    key: `${labels["app.kubernetes.io/instance"]} in region ${labels["chainstead.dev/region"]}, process ${labels["chainstead.dev/process"]}`,
    replicas: spec?.replicas,
  };
}

export const gatePresent: ResourceValidationPolicy = {
  name: "gate-present",
  description: "A producer fenced by the ledger runs behind the signer gate, started before the node, over a memory-backed socket.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: (args, report) => {
    if (fenceOf(args.type, args.props) !== "ledger") return;
    const pod = podOf(args.type, args.props) ?? {};
    const gate = (pod.initContainers ?? []).find((c) => c.name === "gate");
    if (gate === undefined) {
      report("The pod has no init container `gate`. The node would sign without the ledger.");
      return;
    }
    if (gate.restartPolicy !== "Always") report("The gate must be a native sidecar (init container with restartPolicy: Always): the node exits when the gate is not there at its start.");
    const socket = gate.volumeMounts?.find((m) => m.mountPath === "/run/gate")?.name;
    const volume = pod.volumes?.find((v) => v.name === socket && socket !== undefined);
    if (volume?.emptyDir?.medium !== "Memory") report("The gate's socket folder /run/gate must be an emptyDir with medium Memory.");
    const users = (pod.containers ?? []).filter((c) => c.volumeMounts?.some((m) => m.mountPath === "/run/keys"));
    if (users.length > 0) report(`Container ${users.map((c) => c.name).join(", ")} mounts /run/keys. Only the gate and the key renderer may see the key.`);
  },
};

export const deleteBeforeReplace: ResourceValidationPolicy = {
  name: "producer-delete-before-replace",
  description: "Replacing a producer deletes the old one first, and its name is explicit, so that two never exist side by side.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: (args, report) => {
    if (!holdsProducerRole(fenceOf(args.type, args.props))) return;
    if (args.opts.deleteBeforeReplace !== true) report("Set deleteBeforeReplace: true on the producer.");
    if (!(args.props as Workload).metadata?.name) report("Give the producer an explicit metadata.name: a generated name lets two copies coexist.");
  },
};

export const signingStateProtected: ResourceValidationPolicy = {
  name: "signing-state-protected",
  description: "Volumes of producers outlive their pods, keys are in memory only, and what holds keys is protected from deletion.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: (args, report) => {
    if (holdsProducerRole(fenceOf(args.type, args.props))) {
      const retention = (args.props as Workload).spec?.persistentVolumeClaimRetentionPolicy;
      if (retention?.whenDeleted !== "Retain" || retention.whenScaled !== "Retain") {
        report("persistentVolumeClaimRetentionPolicy must be Retain for whenDeleted and whenScaled.");
      }
      const pod = podOf(args.type, args.props) ?? {};
      const keys = new Set(containersOf(pod).flatMap((c) => c.volumeMounts ?? []).filter((m) => m.mountPath === "/run/keys").map((m) => m.name));
      for (const volume of pod.volumes ?? []) {
        if (keys.has(volume.name) && volume.emptyDir?.medium !== "Memory") report(`Volume ${volume.name} holds the key and must be an emptyDir with medium Memory.`);
      }
    }
    if (args.type === "vault:index/mount:Mount" && !args.opts.protect && !exempt(signingStateProtected.name, args.urn)) {
      report("A Vault mount that holds validator keys must be protected (protect: true).");
    }
  },
};
