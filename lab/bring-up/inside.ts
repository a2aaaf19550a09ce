import { existsSync } from "node:fs";
import { worldPower } from "../../chains/cometbft/world";
import { chains } from "../../chains";
import { instanceName } from "../../chains/definition";
import { statePath } from "../../preview/apply/state-file";
import type { ChainDeclaration, Environment } from "../../stacks/types";
import { regions } from "../layout";
import type { LabPlace } from "../place";
import { readProgramPaths } from "../programs-file";
import { ensurePki } from "../servers/pki";
import { vaultBanner } from "../servers/vault-bootstrap";
import { connectSupervisor } from "../supervisor";
import { powerOf, setPower } from "../world/validator";
import { forgetApplied, programFingerprint, recordApplied, wasApplied } from "./fingerprint";
import type { Engine } from "./program";
import { applyGroup, programState, stackGroups } from "./program";
import { untilProducing } from "./producing";
import { regionOfStack, untilRolledOut } from "./rollout";
import { startServers } from "./servers";
import type { Report, Steps } from "./steps";
import { importValidatorKey, openedKey } from "./validator-key";

export interface InsideOptions {
  readonly place: LabPlace;
  readonly environment: Environment;
  readonly engine: Engine;
  readonly report: Report;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** How long a chain may need from the last apply to a producer and a standby, in milliseconds. */
const producingWithin = 180_000;

/** What happens in the operators' site: servers, the program, then each chain that signs. What stands already is left alone. */
export async function bringUpInside(options: InsideOptions): Promise<void> {
  const { place, environment, engine, steps, report } = options;
  const supervisor = await connectSupervisor(place.state);
  const programs = readProgramPaths(place.state);
  // Tokens and certificates come first: the program is told where they are.
  const pki = await steps.run("certificates and tokens", () => ensurePki(place.state));
  const servers = (): Promise<void> => startServers({ place, environment, programs, pki, supervisor, steps });
  const signing = environment.chains.filter(signs).map((declared) => chainOf(declared, place.state));
  const fingerprint = programFingerprint(place.root, [environment.name, engine.kind]);
  if (wasApplied(place.state, fingerprint)) {
    await servers();
    report("            program: every stack is as it was applied, nothing to do");
  } else {
    forgetApplied(place.state);
    for (const chain of signing) void chain.key();
    await applyProgram(options, servers);
    recordApplied(place.state, fingerprint);
  }
  report(`            ${vaultBanner}`);
  for (const chain of signing) await bringChainUp(chain, options);
}

interface SigningChain {
  readonly instance: string;
  /** The text of its key; opened once, when first asked for. */
  readonly key: () => Promise<string>;
}

function chainOf(declared: ChainDeclaration, state: string): SigningChain {
  const instance = instanceName(declared.chain, declared.network);
  let opened: Promise<string> | undefined;
  const key = (): Promise<string> => {
    if (opened === undefined) {
      opened = openedKey(state, instance);
      // Whoever needs it sees the failure; until then nobody may be waiting.
      opened.catch(() => undefined);
    }
    return opened;
  };
  return { instance, key };
}

/** Layer by layer. What comes before the clusters needs none of the servers, so it does not wait for them. */
async function applyProgram(options: InsideOptions, servers: () => Promise<void>): Promise<void> {
  const apply = (names: readonly string[]): Promise<void> => options.steps.run(`program: ${names.join(", ")}`, () => applyGroup(names, options));
  const [shared = [], foundation = [], ...onServers] = stackGroups(options.environment);
  await Promise.all([servers(), apply(shared).then(() => apply(foundation))]);
  for (const names of onServers) {
    if (names.some((name) => regionOfStack(name).length > 0 && stateOf(options, name))) await oneAfterTheOther(names, apply, options);
    else await apply(names);
  }
}

/** Chains that run already: never are both regions' producers restarted at once. */
async function oneAfterTheOther(names: readonly string[], apply: (names: readonly string[]) => Promise<void>, { place, steps, signal }: InsideOptions): Promise<void> {
  for (const name of names) {
    await apply([name]);
    await steps.run(`${name} rolled out`, () => untilRolledOut(place.state, regionOfStack(name), producingWithin, signal));
  }
}

function stateOf({ place }: InsideOptions, stack: string): boolean {
  return existsSync(statePath({ stateDir: programState(place.state), stack }));
}

/** Does a process of the chain sign behind a gate? */
function signs(declared: ChainDeclaration): boolean {
  return chains[declared.chain].processes(declared.settings as never, declared.network).some((process) => process.fence.kind === "ledger");
}

async function bringChainUp({ instance, key }: SigningChain, { place, steps, signal }: InsideOptions): Promise<void> {
  const { publicKey } = await steps.run(`${instance}: throw-away key in both regions' Vaults`, () => importValidatorKey(place.state, instance, key));
  // The chain needs two blocks to take a validator in, and the gates about as long to start: side by side, nothing is missed for long.
  await Promise.all([
    steps.run(`${instance}: our validator joins the outside world's chain`, () => join(publicKey)),
    steps.run(`${instance}: one region produces, the other follows`, async () => {
      await untilRolledOut(place.state, regions, producingWithin, signal);
      await untilProducing(place.state, { instance, publicKey }, producingWithin, signal);
    }),
  ]);
}

/** Leaves a power alone that someone gave it on purpose. */
async function join(publicKey: string): Promise<void> {
  if ((await powerOf(publicKey)) === 0) await setPower(publicKey, worldPower);
}
