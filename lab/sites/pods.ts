import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addLink, addNamespace, batch, links, removeNamespace, usable } from "./ip";
import { run } from "./command";
import { podNetns, siteNetns, zoneOf } from "./names";
import type { PodNetwork } from "./network";
import { gatewayOf, hardwareAddress, zoneBridge } from "./wiring";

/**
 * Addresses handed out: one file per address, named as it and holding the pod's id. Making a file that must not exist
 * yet is atomic, so the node agents of both regions need no lock.
 */
export class PodAddresses {
  private readonly folder: string;

  constructor(stateDir: string) {
    this.folder = join(stateDir, "pod-addresses");
  }

  /** @throws when the zone has no address left */
  async take(podCidr: string, id: string): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const prefix = podCidr.replace(/\.0\/\d+$/, ".");
    const known = await this.all();
    const held = [...known].find(([ip, holder]) => holder === id && ip.startsWith(prefix));
    if (held) return held[0];
    for (let last = 2; last < 255; last++) {
      const ip = `${prefix}${last}`;
      if (known.has(ip)) continue;
      const taken = await writeFile(join(this.folder, ip), id, { flag: "wx" }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      if (taken) return ip;
    }
    throw new Error(`pod network ${podCidr} has no free address left for pod ${id}: 253 pods hold one (${this.folder})`);
  }

  async release(id: string): Promise<void> {
    for (const [ip, holder] of await this.all()) if (holder === id) await rm(join(this.folder, ip), { force: true });
  }

  async releaseAll(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Address of each pod that holds one, by pod id. */
  async byPod(): Promise<Map<string, string>> {
    return new Map([...(await this.all())].map(([ip, id]) => [id, ip]));
  }

  private async all(): Promise<Map<string, string>> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    return new Map(await Promise.all(names.map(async (ip) => [ip, await readFile(join(this.folder, ip), "utf8").catch(() => "")] as const)));
  }
}

/** Network interface names hold 15 characters: 2 of prefix leave 13. */
function linkOf(id: string): string {
  return `p-${id}`;
}

export async function wirePod(lab: string, addresses: PodAddresses, zone: string, id: string): Promise<PodNetwork> {
  const { site, podCidr } = zoneOf(zone);
  const netns = podNetns(lab, id);
  const siteNs = siteNetns(lab, site);
  if (!(await usable(siteNs))) throw new Error(`site ${site} of lab ${lab} is not up, pod ${id} cannot be joined to it: run \`make up\``);
  const ip = await addresses.take(podCidr, id);
  const gateway = gatewayOf(podCidr);
  await addNamespace(netns);
  const present = await links(netns);
  if (!present.some((link) => link.addr_info.some((address) => address.local === ip))) {
    if (present.some((link) => link.ifname === "eth0")) await run(["ip", "-netns", netns, "link", "delete", "dev", "eth0"]);
    await addLink(siteNs, linkOf(id), "type", "veth", "peer", "name", "eth0", "address", hardwareAddress(ip), "netns", netns);
  }
  await batch(siteNs, [`link set dev ${linkOf(id)} master ${zoneBridge(zone)}`, `link set dev ${linkOf(id)} up`]);
  await batch(netns, ["link set lo up", `address replace ${ip}/24 dev eth0`, "link set eth0 up", `route replace default via ${gateway}`]);
  return { netns, ip, gateway };
}

export async function unwirePod(lab: string, addresses: PodAddresses, id: string): Promise<void> {
  await removeNamespace(podNetns(lab, id));
  await addresses.release(id);
}
