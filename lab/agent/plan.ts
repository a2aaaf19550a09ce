import { ContainerConfigError, expand } from "./env";
import type { Container, Pod, VolumeMount } from "./kube-types";
import type { LocalImage, LocalFile } from "./programs";

/** Everything that is needed to start one container, with nothing left to look up. */
export interface ContainerPlan {
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly workingDir: string;
  /** False where the agent is root over one user only and no other can be had: user and groups are then not taken on. */
  readonly asDeclaredUser: boolean;
  readonly user: number;
  readonly group: number;
  readonly groups: readonly number[];
  readonly readOnlyRoot: boolean;
  /** Capabilities that stay in the bounding set, in `setpriv` spelling. */
  readonly capabilities: readonly string[];
  readonly mounts: readonly Mount[];
  readonly files: readonly LocalFile[];
}

export interface Mount {
  /** Folder of the volume, as the pod's sandbox sees it. */
  readonly source: string;
  /** Path below it. */
  readonly subPath?: string;
  /** Path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** What container runtimes leave to a root process unless told otherwise. */
const defaultCapabilities = ["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "sys_chroot"];

/**
 * @param users whether other users can be had; not when an ordinary user runs the lab
 * @param folders folder of each of the pod's volumes by name
 * @throws ContainerConfigError when the declaration asks for what cannot be given here
 */
export function planContainer(pod: Pod, container: Container, image: LocalImage, env: ReadonlyMap<string, string>, folders: ReadonlyMap<string, string>, users = true): ContainerPlan {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  if (own.privileged) throw refusal(container, "privileged", "true", "remove it: nothing in the local environment may be privileged");
  if (pod.spec.hostNetwork) throw refusal(container, "hostNetwork", "true", "remove it: each pod has its own network here");
  const user = own.runAsUser ?? shared.runAsUser ?? image.user;
  const group = own.runAsGroup ?? shared.runAsGroup ?? (own.runAsUser ?? shared.runAsUser ? 0 : image.user);
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) && user === 0) throw refusal(container, "runAsNonRoot", "true", `it would run as user 0; set runAsUser`);
  const argv = [...(container.command ?? image.entrypoint), ...(container.args ?? [])].map((word) => expand(word, env));
  const groups = [...new Set([...(shared.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared.supplementalGroups ?? [])])];
  const mounts = (container.volumeMounts ?? []).map((m) => planMount(pod, container, m, folders));
  return {
    argv,
    env,
    workingDir: container.workingDir ?? "/",
    asDeclaredUser: users,
    user,
    group,
    groups,
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
    capabilities: keptCapabilities(container),
    // A mount below another one has to be made after it.
    mounts: mounts.sort((x, y) => depth(x.target) - depth(y.target)),
    files: image.files,
  };
}

function planMount(pod: Pod, container: Container, mount: VolumeMount, folders: ReadonlyMap<string, string>): Mount {
  const source = folders.get(mount.name);
  if (source === undefined) throw refusal(container, "volumeMounts", mount.name, "declare the volume in the pod");
  if (!mount.mountPath.startsWith("/") || mount.mountPath.split("/").includes("..")) throw refusal(container, "mountPath", mount.mountPath, "use an absolute path without ..");
  if (mount.subPath && (mount.subPath.startsWith("/") || mount.subPath.split("/").includes(".."))) throw refusal(container, "subPath", mount.subPath, "use a relative path without ..");
  const volume = pod.spec.volumes?.find((v) => v.name === mount.name);
  // The kubelet mounts configuration read-only whatever is declared.
  const configuration = Boolean(volume && (volume.configMap || volume.secret || volume.projected || volume.downwardAPI));
  const readOnly = Boolean(mount.readOnly) || configuration || Boolean(volume?.persistentVolumeClaim?.readOnly);
  return { source, target: mount.mountPath.replace(/\/+$/, "") || "/", readOnly, ...(mount.subPath ? { subPath: mount.subPath } : {}) };
}

function keptCapabilities(container: Container): string[] {
  const short = (name: string): string => name.toLowerCase().replace(/^cap_/, "");
  const drop = (container.securityContext?.capabilities?.drop ?? []).map(short);
  const add = (container.securityContext?.capabilities?.add ?? []).map(short);
  const kept = drop.includes("all") ? [] : defaultCapabilities.filter((c) => !drop.includes(c));
  const all = [...new Set([...kept, ...add])];
  const wrong = all.find((c) => !/^[a-z_]+$/.test(c) || c === "all");
  if (wrong !== undefined) throw refusal(container, "capabilities.add", wrong, "name single capabilities");
  return all;
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}

function refusal(container: Container, field: string, value: string, remedy: string): ContainerConfigError {
  return new ContainerConfigError(`container "${container.name}": ${field} is "${value}"; ${remedy}`);
}
