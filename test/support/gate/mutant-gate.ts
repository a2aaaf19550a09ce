import { readFileSync } from "node:fs";
import { parseConfig } from "../../../agents/gate/config";
import type { ChainReference } from "../../../agents/gate/chain-view";
import { systemClock } from "../../../agents/gate/clock";
import { productionDeps, runGate } from "../../../agents/gate/run";
import { MutantStore } from "./mutant-store";

/**
 * The production gate over a ledger that does not compare, and blind to its own signatures on the chain: with eyes it
 * would halt itself. Takes the same arguments: `gate --config FILE`.
 */
async function main(): Promise<void> {
  const path = process.argv[process.argv.indexOf("--config") + 1] ?? "";
  const config = parseConfig(readFileSync(path, "utf8"), path);
  const deps = productionDeps(config);
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  const blind = (reference: ChainReference): ChainReference => ({ ...reference, commitVote: () => Promise.resolve(undefined) });
  await runGate(config, { ...deps, references: deps.references.map(blind), node: blind(deps.node), store: new MutantStore(deps.store, (ms, signal) => systemClock.sleep(ms, signal)) }, stop.signal);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`mutant gate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
