import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { applyStack } from "../../preview/apply/command";
import type { StackAddress } from "../../stacks";
import { regionLayers, stacksOf } from "../../stacks";
import type { Environment } from "../../stacks/types";
import { kubeconfigPath } from "../servers/kubeconfig";
import { readVaultSecrets } from "../servers/vault-bootstrap";
import type { RegionName } from "../layout";
import { regions } from "../layout";
import type { LabPlace } from "../place";
import { pulumiUp } from "./pulumi-cli";
import type { Report } from "./steps";

/** Who runs the program: our evaluator, or the real CLI at this path. */
export type Engine = { readonly kind: "evaluator" } | { readonly kind: "pulumi"; readonly cli: string };

export interface ProgramOptions {
  readonly place: LabPlace;
  readonly environment: Environment;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** What a stack is told beside its file: how to get at the lab's servers. */
export interface StackAccess {
  /** Goes into the stack's configuration. */
  readonly config: Readonly<Record<string, string>>;
  /** Token of the region's Vault, once that is unsealed. Never an argument of a command, which every user of the machine can read. */
  readonly vaultToken?: string;
}

/** Stacks in groups: those of one group do not need each other. */
export function stackGroups(environment: Environment): readonly (readonly string[])[] {
  const all = [...stacksOf(environment)];
  const layers = ["global", ...regionLayers] as const;
  return layers.map((layer) => all.filter(([, address]) => address.layer === layer).map(([name]) => name));
}

/** Brings the stacks of one group to the servers, side by side. */
export async function applyGroup(names: readonly string[], options: ProgramOptions): Promise<void> {
  const all = stacksOf(options.environment);
  await Promise.all(names.map((name) => applyOne(name, accessOf(all.get(name), options.place.state), options)));
}

/** State of all stacks of the lab: Pulumi's deployment format, or the real CLI's own backend below it. */
export function programState(state: string): string {
  return join(state, "state");
}

function accessOf(address: StackAddress | undefined, state: string): StackAccess {
  const region = address !== undefined && address.layer !== "global" ? regions.find((name) => name === address.region.name) : undefined;
  if (region === undefined) return { config: {} };
  return { config: { kubeconfig: kubeconfigPath(state, region, "admin") }, ...vaultTokenOf(state, region) };
}

function vaultTokenOf(state: string, region: RegionName): { readonly vaultToken?: string } {
  const secrets = readVaultSecrets(state, region);
  return secrets === undefined ? {} : { vaultToken: secrets.rootToken };
}

async function applyOne(stack: string, access: StackAccess, options: ProgramOptions): Promise<void> {
  const { place, engine, signal, report } = options;
  if (engine.kind === "pulumi") return pulumiUp({ cli: engine.cli, root: place.root, state: programState(place.state), cache: place.cache, stack, access, signal, report });
  const log = logOf(place.state);
  const { summary } = await applyStack({
    root: place.root,
    stack,
    stateDir: programState(place.state),
    config: { ...access.config, ...(access.vaultToken === undefined ? {} : { vaultToken: access.vaultToken }) },
    signal,
    onLine: (line) => log(`${stack} ${line.trim()}`),
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n(every change is in ${programLog(place.state)})`, { cause: error });
  });
  report(`            ${stack}: ${Object.entries(summary).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`).join(", ")}`);
}

/** One line for each change, as the operator of a cloud would see it scroll by. */
function programLog(state: string): string {
  return join(state, "logs", "program.log");
}

function logOf(state: string): (line: string) => void {
  return (line) => appendFileSync(programLog(state), `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
}
