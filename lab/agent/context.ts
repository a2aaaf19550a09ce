import type { RegionName } from "../layout";
import { sites } from "../layout";
import type { Api } from "./api";
import type { Events } from "./events";
import type { ClusterView } from "./kube-types";
import type { ProgramPaths } from "./programs";

/** Gives pods their place in the network; the lab's `SiteNetwork` does. */
export interface PodNetworks {
  addPod(zone: string, id: string): Promise<{ readonly netns: string; readonly ip: string }>;
  removePod(id: string): Promise<void>;
}

/** What every pod's runner is given. */
export interface AgentContext {
  readonly region: RegionName;
  readonly api: Api;
  readonly view: ClusterView;
  readonly events: Events;
  readonly networks: PodNetworks;
  readonly programs: ProgramPaths;
  /** Whether other users' ids can be had: not when an ordinary user runs the lab in a user namespace. */
  readonly users: boolean;
  readonly bootId: string;
  readonly podsFolder: string;
  readonly logsFolder: string;
  log(line: string): void;
}

export function hostIP(context: AgentContext): string {
  return sites[context.region].address;
}

/** Name of the pod's network namespace and interface: they hold few characters. */
export function podId(uid: string): string {
  return uid.replace(/-/g, "").slice(0, 12).toLowerCase();
}
