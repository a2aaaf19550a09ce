import type { Site } from "../layout";
import { regions, sites, zonesOf } from "../layout";
import { addLink, addNamespace, aliasOf, batch, links } from "./ip";
import { backboneNetns, enterNetns, siteNetns } from "./names";
import { run } from "./command";

export const backboneBridge = "backbone";
/** The site's end of the link to the other sites. */
export const uplink = "eth0";

/** Bridge that the pods of a zone hang on, inside the site. */
export function zoneBridge(zone: string): string {
  return `zone-${zone}`;
}

/** First address of a pod network: the site's own, which the zone's pods route through. */
export function gatewayOf(podCidr: string): string {
  return podCidr.replace(/\.0\/\d+$/, ".1");
}

/**
 * Hardware address that goes with an address. It stays the same when a link is made again, so nobody's neighbour table
 * points at one that is gone. 02 marks it as locally administered (IEEE 802).
 */
export function hardwareAddress(ip: string): string {
  return ["02", "c5", ...ip.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"))].join(":");
}

/**
 * The bridge in its own namespace. The bridge carries the lab folder's path as its alias, so that two checkouts
 * cannot run a lab of one name and take each other's namespaces for their own.
 */
export async function wireBackbone(lab: string, stateDir: string): Promise<void> {
  const netns = backboneNetns(lab);
  await addNamespace(netns);
  const present = new Set((await links(netns)).map((link) => link.ifname));
  if (!present.has(backboneBridge)) await addLink(netns, backboneBridge, "type", "bridge");
  await batch(netns, ["link set lo up", `link set dev ${backboneBridge} alias ${stateDir.slice(0, 255)}`, `link set dev ${backboneBridge} up`]);
}

/** Path of the lab folder that owns the namespaces, or undefined when there is no backbone. */
export function ownerOf(lab: string): Promise<string | undefined> {
  return aliasOf(backboneNetns(lab), backboneBridge);
}

/** One site: namespace, link to the backbone, addresses, a bridge per zone, routes to the pods of the regions. */
export async function wireSite(lab: string, site: Site): Promise<void> {
  const netns = siteNetns(lab, site.name);
  const backbone = backboneNetns(lab);
  await addNamespace(netns);
  let present = await links(netns);
  const outer = (await links(backbone)).some((link) => link.ifname === site.name);
  if (!outer || !present.some((link) => link.ifname === uplink)) {
    if (outer) await run(["ip", "-netns", backbone, "link", "delete", "dev", site.name]);
    await addLink(backbone, site.name, "type", "veth", "peer", "name", uplink, "address", hardwareAddress(site.address), "netns", netns);
    present = await links(netns);
  }
  const zones = regions.includes(site.name as never) ? zonesOf[site.name as "a" | "b"] : [];
  for (const { zone, podCidr } of zones) {
    const bridge = zoneBridge(zone);
    if (!present.some((link) => link.ifname === bridge)) await addLink(netns, bridge, "address", hardwareAddress(gatewayOf(podCidr)), "type", "bridge");
  }
  await batch(netns, [
    "link set lo up",
    ...[site.address, ...site.extra].map((address) => `address replace ${address}/24 dev ${uplink}`),
    `link set dev ${uplink} up`,
    ...zones.flatMap(({ zone, podCidr }) => [`address replace ${gatewayOf(podCidr)}/24 dev ${zoneBridge(zone)}`, `link set dev ${zoneBridge(zone)} up`]),
  ]);
  await batch(backbone, [`link set dev ${site.name} master ${backboneBridge}`, `link set dev ${site.name} up`]);
  await batch(netns, routesToPods(site));
  // A namespace's own switch; the machine's forwarding stays as it is.
  await run([...enterNetns(netns), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
}

/** `src` keeps a server's extra addresses from being picked for traffic to pods. */
function routesToPods(site: Site): string[] {
  return regions.filter((region) => region !== site.name).map((region) => `route replace ${sites[region].pods} via ${sites[region].address} src ${site.address}`);
}
