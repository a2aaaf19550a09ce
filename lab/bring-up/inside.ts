import { worldPower } from "../../chains/cometbft/world";
import { chains } from "../../chains";
import { instanceName } from "../../chains/definition";
import type { ChainDeclaration, Environment } from "../../stacks/types";
import type { LabPlace } from "../place";
import { readProgramPaths } from "../programs-file";
import { ensurePki } from "../servers/pki";
import { connectSupervisor } from "../supervisor";
import { powerOf, setPower } from "../world/validator";
import type { Engine } from "./program";
import { applyGroup, stackGroups } from "./program";
import { untilProducing } from "./producing";
import { startServers } from "./servers";
import type { Report, Steps } from "./steps";
import { importValidatorKey } from "./validator-key";

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
  const { place, environment, engine, steps, signal, report } = options;
  const supervisor = await connectSupervisor(place.state);
  const programs = readProgramPaths(place.state);
  // Tokens and certificates come first: the program is told where they are.
  const pki = await steps.run("certificates and tokens", () => ensurePki(place.state));
  const [shared, foundation, ...onServers] = stackGroups(environment).map((names) => {
    return () => steps.run(`program: ${names.join(", ")}`, () => applyGroup(names, { place, environment, engine, signal, report }));
  });
  await Promise.all([
    startServers({ place, environment, programs, pki, supervisor, steps }),
    // What comes before the clusters needs none of the servers, so it need not wait for them.
    shared?.().then(foundation),
  ]);
  for (const layer of onServers) await layer();
  for (const declared of environment.chains.filter(signs)) await bringChainUp(declared, options);
}

/** Does a process of the chain sign behind a gate? */
function signs(declared: ChainDeclaration): boolean {
  return chains[declared.chain].processes(declared.settings as never, declared.network).some((process) => process.fence.kind === "ledger");
}

async function bringChainUp(declared: ChainDeclaration, { place, steps, signal }: InsideOptions): Promise<void> {
  const instance = instanceName(declared.chain, declared.network);
  const { publicKey } = await steps.run(`${instance}: throw-away key in both regions' Vaults`, () => importValidatorKey(place.state, instance));
  // The chain needs two blocks to take a validator in, and the gates about as long to start: side by side, nothing is missed for long.
  await Promise.all([
    steps.run(`${instance}: our validator joins the outside world's chain`, () => join(publicKey)),
    steps.run(`${instance}: one region produces, the other follows`, () => untilProducing(place.state, { instance, publicKey }, producingWithin, signal)),
  ]);
}

/** Leaves a power alone that someone gave it on purpose. */
async function join(publicKey: string): Promise<void> {
  if ((await powerOf(publicKey)) === 0) await setPower(publicKey, worldPower);
}
