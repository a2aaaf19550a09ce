import type { AgentContext } from "./context";
import { hostIP } from "./context";
import { ContainerConfigError, type PodFacts } from "./env";
import { hostnameOf, renderHosts } from "./hosts";
import type { Pod, Volume } from "./kube-types";
import { isGenerated, payloadOf } from "./payload";
import type { PodFolder } from "./pod-folder";
import type { Sandbox } from "./sandbox";
import { sandboxPaths } from "./scripts";
import type { PodTokens } from "./tokens";
import { makeWritable, writePayload, type Owner } from "./volume-writer";

/** The files that the agent keeps for a pod: its volumes, and the few of /etc that name it and its peers. */
export class PodFiles {
  private hosts = "";

  constructor(
    private readonly context: AgentContext,
    private readonly folder: PodFolder,
    private readonly sandbox: Sandbox,
    private readonly tokens: PodTokens,
    readonly podIP: string,
  ) {}

  facts(): PodFacts {
    return { podIP: this.podIP, hostIP: hostIP(this.context) };
  }

  /** Makes what exists once per sandbox. @throws ContainerConfigError when a volume cannot be made */
  async make(pod: Pod): Promise<void> {
    const group = this.context.users ? pod.spec.securityContext?.fsGroup : undefined;
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.emptyDir?.medium === "Memory") await makeWritable(this.sandbox.outside(sandboxPaths.memory, volume.name), group);
      else if (volume.emptyDir) await makeWritable(this.folder.volume(volume.name), group);
      else if (volume.persistentVolumeClaim) await makeWritable(this.claimFolder(pod, volume), group);
    }
    const users = [...usersOf(pod)].filter((user) => user !== 0);
    const groups = [...new Set([...users, ...(group === undefined ? [] : [group])])].filter((g) => g !== 0);
    await this.sandbox.writeEtc("passwd", ["root:x:0:0:root:/:/bin/sh", ...users.map((u) => `u${u}:x:${u}:${u}::/:/bin/sh`), ""].join("\n"));
    await this.sandbox.writeEtc("group", ["root:x:0:", ...groups.map((g) => `g${g}:x:${g}:`), ""].join("\n"));
    await this.sandbox.writeEtc("hostname", `${hostnameOf(pod)}\n`);
    await this.sandbox.writeEtc("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
    await this.sandbox.writeEtc("resolv.conf", "# There is no DNS server here: Services are in /etc/hosts.\n");
    this.hosts = "";
    await this.refreshHosts(pod);
    await this.refreshVolumes(pod);
  }

  async refreshHosts(pod: Pod): Promise<void> {
    const text = renderHosts(pod, this.podIP, this.context.view);
    if (text === this.hosts) return;
    await this.sandbox.writeEtc("hosts", text);
    this.hosts = text;
  }

  /** Brings generated volumes up to date; running containers see it. @throws ContainerConfigError when a source is missing */
  async refreshVolumes(pod: Pod): Promise<void> {
    await this.tokens.refresh(Date.now());
    const owner = this.context.users ? ownerOf(pod) : {};
    for (const volume of pod.spec.volumes ?? []) {
      if (!isGenerated(volume)) continue;
      const payload = payloadOf(volume, pod, this.facts(), this.context.view, (request) => this.tokens.text(request));
      await writePayload(await this.sandbox.generatedFolder(volume.name), payload, owner);
    }
  }

  /** Folder of each volume as the sandbox sees it. @throws ContainerConfigError for a kind of volume that is not supported */
  folders(pod: Pod): Map<string, string> {
    return new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, this.folderOf(pod, volume)]));
  }

  private folderOf(pod: Pod, volume: Volume): string {
    if (volume.emptyDir?.medium === "Memory") return this.sandbox.inside(sandboxPaths.memory, volume.name);
    if (volume.emptyDir) return this.folder.volume(volume.name);
    if (volume.persistentVolumeClaim) return this.claimFolder(pod, volume);
    if (isGenerated(volume)) return this.sandbox.inside(sandboxPaths.generated, volume.name);
    throw new ContainerConfigError(`volume "${volume.name}": only emptyDir, configMap, secret, projected, downwardAPI and persistentVolumeClaim are supported in the local environment`);
  }

  private claimFolder(pod: Pod, volume: Volume): string {
    const namespace = pod.metadata.namespace ?? "";
    const name = volume.persistentVolumeClaim?.claimName ?? "";
    const claim = this.context.view.claim(namespace, name);
    const bound = claim?.spec.volumeName ? this.context.view.volume(claim.spec.volumeName) : undefined;
    if (!claim || !bound) throw new ContainerConfigError(`claim ${namespace}/${name} of volume "${volume.name}" is ${claim ? "not bound yet" : "not there"}`);
    if (!bound.spec.local) throw new ContainerConfigError(`volume ${bound.metadata.name} of claim ${namespace}/${name} is no local folder`);
    return bound.spec.local.path;
  }
}

function usersOf(pod: Pod): Set<number> {
  const own = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser);
  return new Set(own.filter((user) => user !== undefined));
}

function ownerOf(pod: Pod): Owner {
  const group = pod.spec.securityContext?.fsGroup;
  if (group !== undefined) return { group };
  const [user, ...others] = usersOf(pod);
  return user !== undefined && others.length === 0 ? { user } : {};
}
