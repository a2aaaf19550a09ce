import { join } from "node:path";
import type { ServiceSpec } from "../supervisor/service";

/** What every server file is given: where the lab keeps its state and how a program is found. */
export interface ServerContext {
  /** Name of the lab, `CHAINSTEAD_LAB`. */
  readonly lab: string;
  /** State folder, `<repo>/.lab/<name>`, mode 0700. */
  readonly state: string;
  /** Absolute path of a provided program: `kube-apiserver`, `etcd`, `vault` ... */
  program(name: ProgramName): string;
  /** Command line of one of the lab's own processes: Node, the bundle, then the arguments. */
  labProcess(...args: readonly string[]): readonly string[];
}

export type ProgramName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "consul"
  | "vault"
  | "prometheus"
  | "alertmanager"
  | "cometbft";

/** One server, or a few that start together, and what is to be done once they answer. */
export interface ServerGroup {
  readonly services: readonly ServiceSpec[];
  /** Runs after all services of the group are ready; idempotent. */
  afterStart?(): Promise<void>;
}

/** Data folder of one server below the state folder. */
export function dataFolder(context: ServerContext, name: string): string {
  return join(context.state, "data", name);
}
