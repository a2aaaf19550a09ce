import { resolve } from "node:path";
import type { SiteName } from "../layout";
import { sites } from "../layout";
import { links, namespaces, removeNamespace, usable } from "./ip";
import { run } from "./command";
import { backboneNetns, checkLabName, enterNetns, podNetns, siteNames, siteNetns } from "./names";
import { PodAddresses, unwirePod, wirePod } from "./pods";
import { removeMountPoint } from "./mount-point";
import { ownerOf, wireBackbone, wireSite } from "./wiring";

/** A pod's place in the network. */
export interface PodNetwork {
  /** Name of its network namespace, `cs-<lab>-p-<id>`. */
  readonly netns: string;
  readonly ip: string;
  readonly gateway: string;
}

export interface SiteNetworkState {
  readonly site: SiteName;
  readonly up: boolean;
  /** Its link to the other sites is taken down. */
  readonly cut: boolean;
  /** Ids of its pods. */
  readonly pods: readonly string[];
}

/** The lab's network: one namespace per site, joined by a bridge, and one per pod behind its site. */
export interface SiteNetwork {
  /** Builds what is missing and heals what is cut; a second call changes nothing. @throws when another lab folder owns the name */
  up(): Promise<void>;
  /** Removes every namespace of the lab. Processes in them must have ended. No error when there is none. */
  down(): Promise<void>;
  /** Argument prefix that runs a command inside the site. */
  enter(site: SiteName): string[];
  /** Argument prefix that runs a command inside a pod's network. */
  enterPod(id: string): string[];
  /** Gives a pod its namespace and the zone's first free address; the same again for an id that has one. */
  addPod(zone: string, id: string): Promise<PodNetwork>;
  /** No error when there is no such pod. */
  removePod(id: string): Promise<void>;
  /** Takes the site's link down, as if its cable were pulled. What runs inside still reaches each other. */
  cut(site: SiteName): Promise<void>;
  heal(site: SiteName): Promise<void>;
  list(): Promise<readonly SiteNetworkState[]>;
}

/**
 * The network of one lab. Needs root, or the namespaces that `enterPrivileged` gives an ordinary user.
 * @param stateDir the lab's folder; it marks the namespaces as belonging to this checkout
 * @throws when the lab's name cannot name namespaces and interfaces
 */
export function siteNetwork(lab: string, stateDir: string): SiteNetwork {
  checkLabName(lab);
  const folder = resolve(stateDir);
  const addresses = new PodAddresses(folder);
  const podPrefix = `cs-${lab}-p-`;

  const podIds = async (): Promise<string[]> => (await namespaces()).filter((name) => name.startsWith(podPrefix)).map((name) => name.slice(podPrefix.length));

  async function checkOwner(): Promise<void> {
    const owner = await ownerOf(lab);
    if (owner === undefined || owner === folder.slice(0, 255)) return;
    throw new Error(`a lab named "${lab}" already runs from ${owner}, not from ${folder}: run \`make down\` there, or choose another name with CHAINSTEAD_LAB`);
  }

  async function setLink(site: SiteName, state: "up" | "down"): Promise<void> {
    await run(["ip", "-netns", backboneNetns(lab), "link", "set", "dev", site, state]);
  }

  return {
    async up() {
      await checkOwner();
      await wireBackbone(lab, folder);
      for (const name of siteNames) await wireSite(lab, sites[name]);
    },
    async down() {
      await checkOwner();
      for (const id of await podIds()) await removeNamespace(podNetns(lab, id));
      for (const site of siteNames) await removeNamespace(siteNetns(lab, site));
      // Last: it tells whose lab this is, so an interrupted `down` can be repeated.
      await removeNamespace(backboneNetns(lab));
      await addresses.releaseAll();
      await removeMountPoint();
    },
    enter: (site) => enterNetns(siteNetns(lab, site)),
    enterPod: (id) => enterNetns(podNetns(lab, id)),
    addPod: (zone, id) => wirePod(lab, addresses, zone, id),
    removePod: (id) => unwirePod(lab, addresses, id),
    cut: (site) => setLink(site, "down"),
    heal: (site) => setLink(site, "up"),
    async list() {
      const pods = await podIds();
      const linksUp = new Map((await usable(backboneNetns(lab))) ? (await links(backboneNetns(lab))).map((link) => [link.ifname, link.flags.includes("UP")]) : []);
      const ipOf = await addresses.byPod();
      return Promise.all(
        siteNames.map(async (site) => ({
          site,
          up: await usable(siteNetns(lab, site)),
          cut: linksUp.get(site) === false,
          pods: pods.filter((id) => contains(sites[site].pods, ipOf.get(id))),
        })),
      );
    },
  };
}

function contains(cidr: string | undefined, ip: string | undefined): boolean {
  if (cidr === undefined || ip === undefined) return false;
  const [base = "", bits = "32"] = cidr.split("/");
  const number = (address: string): number => address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(ip) / size) === Math.floor(number(base) / size);
}
