import type * as kubernetes from "@pulumi/kubernetes";
import { gatePort, probePort } from "../../chains/gate-config";
import type { ProbeSpec, Process } from "../../chains/definition";
import { priorityClassNames } from "../platform/priorities";
import { imageReference } from "../versions";
import { vaultAudience } from "./access";
import { tokenFolder } from "./files";
import { isGated, selectorLabels, workloadLabels, workloadName, type ChainInstance } from "./instance";

type Container = kubernetes.types.input.core.v1.Container;
type Mount = kubernetes.types.input.core.v1.VolumeMount;
type PodTemplate = kubernetes.types.input.core.v1.PodTemplateSpec;
type KubeProbe = kubernetes.types.input.core.v1.Probe;
type KubeVolume = kubernetes.types.input.core.v1.Volume;

/** Names of the ConfigMaps a pod mounts. */
export interface PodFiles {
  readonly files: string;
  readonly gate: string;
  readonly probe: string;
  readonly keys: string;
}

export function podFiles(instance: ChainInstance, process: Process): PodFiles {
  const name = workloadName(instance, process);
  return { files: `${name}-files`, gate: `${name}-gate`, probe: `${name}-probe`, keys: `${name}-keys` };
}

/**
 * The pod of a process. A gated one has two native sidecars before the node, in this order: `keys` renders the signing
 * key into memory, `gate` holds it. They stop after the node, so the lease is released when nothing asks any more.
 *
 * @param checksum of the files: a changed file makes a new pod.
 */
export function podTemplate(instance: ChainInstance, process: Process, checksum: string): PodTemplate {
  const gated = isGated(process);
  const user = instance.definition.image.user;
  return {
    metadata: { labels: workloadLabels(instance, process), annotations: { "chainstead.dev/files-checksum": checksum } },
    spec: {
      serviceAccountName: workloadName(instance, process),
      automountServiceAccountToken: false,
      priorityClassName: priorityClassNames.producer,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: process.terminationGraceSeconds,
      securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } },
      topologySpreadConstraints: [
        // Producers of different chains should not all stand in one zone.
        { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selectorLabels(instance, process) } },
      ],
      initContainers: gated ? [keys(), gate()] : [],
      containers: [main(process), probe(process, gated)],
      volumes: volumes(podFiles(instance, process), process, gated),
    },
  };
}

function main(declared: Process): Container {
  return {
    name: declared.name,
    image: imageReference(declared.image),
    command: [...declared.command],
    env: Object.entries(declared.env).map(([name, value]) => ({ name, value })),
    ports: declared.ports.map((port) => ({ name: port.name, containerPort: port.number, protocol: port.protocol })),
    resources: { requests: { ...declared.resources }, limits: { memory: declared.resources.memory } },
    startupProbe: kubeProbe(declared.startup),
    readinessProbe: kubeProbe(declared.readiness),
    livenessProbe: declared.liveness === undefined ? undefined : kubeProbe(declared.liveness),
    securityContext: containerSecurity,
    volumeMounts: [
      ...declared.volumes.map((volume): Mount => ({ name: volume.name, mountPath: volume.mountPath })),
      ...(declared.files.length > 0 ? [{ name: "files", mountPath: configDirectory(declared), readOnly: true }] : []),
      ...(isGated(declared) ? [socketMount] : []),
    ],
  };
}

export function configDirectory(process: Process): string {
  return process.configDirectory ?? `/etc/${process.name}`;
}

function keys(): Container {
  return {
    name: "keys",
    image: imageReference("vault"),
    command: ["vault", "agent", "-config=/etc/chainstead/keys/agent.hcl"],
    restartPolicy: "Always",
    resources: small("64Mi"),
    securityContext: containerSecurity,
    volumeMounts: [
      { name: "keys-config", mountPath: "/etc/chainstead/keys", readOnly: true },
      { name: "vault-token", mountPath: tokenFolder, readOnly: true },
      { name: "keys", mountPath: "/run/keys" },
    ],
  };
}

function gate(): Container {
  return {
    name: "gate",
    image: imageReference("agents"),
    command: ["chainstead-agents", "gate", "--config", "/etc/chainstead/gate.json"],
    restartPolicy: "Always",
    ports: [{ name: "gate", containerPort: gatePort, protocol: "TCP" }],
    resources: small("192Mi"),
    // The node exits when nobody answers on its socket within 3 s, so it starts only after the gate answers. Not /healthz: that waits for the node. Readiness is
    // asked later and elsewhere: the gate is ready only when that node is connected.
    startupProbe: { httpGet: { path: "/status", port: gatePort }, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { httpGet: { path: "/healthz", port: gatePort }, periodSeconds: 5, failureThreshold: 3 },
    // A gate that hangs freezes its node; it answers this from memory, whatever the quorum does.
    livenessProbe: { httpGet: { path: "/status", port: gatePort }, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 2 },
    securityContext: containerSecurity,
    volumeMounts: [{ name: "gate-config", mountPath: "/etc/chainstead", readOnly: true }, socketMount, { name: "keys", mountPath: "/run/keys", readOnly: true }],
  };
}

function probe(process: Process, gated: boolean): Container {
  return {
    name: "probe",
    image: imageReference("agents"),
    command: ["chainstead-agents", "probe", "--config", "/etc/chainstead/probe.json"],
    ports: [{ name: "probe", containerPort: probePort, protocol: "TCP" }],
    resources: small("128Mi"),
    // Ready means: the node is not catching up. A standby that lags shows here, without being restarted for it.
    readinessProbe: gated ? { httpGet: { path: "/healthz", port: probePort }, periodSeconds: 5, failureThreshold: 3 } : undefined,
    securityContext: containerSecurity,
    volumeMounts: [{ name: "probe-config", mountPath: "/etc/chainstead", readOnly: true }, ...process.volumes.map((volume): Mount => ({ name: volume.name, mountPath: volume.mountPath, readOnly: true }))],
  };
}

const socketMount: Mount = { name: "gate-socket", mountPath: "/run/gate" };

const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

function small(memory: string): Container["resources"] {
  return { requests: { cpu: "50m", memory }, limits: { memory } };
}

function volumes(names: PodFiles, process: Process, gated: boolean): KubeVolume[] {
  const configMap = (name: string, map: string): KubeVolume => ({ name, configMap: { name: map } });
  const memory = (name: string): KubeVolume => ({ name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } });
  const token: KubeVolume = {
    name: "vault-token",
    projected: { sources: [{ serviceAccountToken: { audience: vaultAudience, expirationSeconds: 3600, path: "token" } }] },
  };
  return [
    ...(process.files.length > 0 ? [configMap("files", names.files)] : []),
    configMap("probe-config", names.probe),
    ...(gated ? [configMap("gate-config", names.gate), configMap("keys-config", names.keys), memory("gate-socket"), memory("keys"), token] : []),
  ];
}

export function kubeProbe(spec: ProbeSpec): KubeProbe {
  const { periodSeconds, failureThreshold } = spec;
  switch (spec.kind) {
    case "http":
      return { httpGet: { path: spec.path ?? "/", port: portOf(spec) }, periodSeconds, failureThreshold, timeoutSeconds: 2 };
    case "tcp":
      return { tcpSocket: { port: portOf(spec) }, periodSeconds, failureThreshold, timeoutSeconds: 2 };
    case "exec":
      return { exec: { command: [...(spec.command ?? [])] }, periodSeconds, failureThreshold, timeoutSeconds: 5 };
  }
}

function portOf(spec: ProbeSpec): number {
  if (spec.port === undefined) {
    throw new Error(`a ${spec.kind} probe needs a port; add it to the definition`);
  }
  return spec.port;
}
