import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { ConfigError, parseConfig } from "./gate/config";
import { productionDeps, runGate } from "./gate/run";

/** The processes that run beside chain nodes. Each reads one configuration file and nothing else. */
async function main(): Promise<void> {
  const program = new Command("chainstead-agents").description("What runs beside a chain's node: the signer gate and the probe.");
  program
    .command("gate")
    .description("Signs for a CometBFT validator by the ledger in Consul")
    .requiredOption("--config <file>", "the gate's configuration, JSON")
    .action(async (options: { config: string }) => {
      const config = parseConfig(await readText(options.config), options.config);
      await runGate(config, productionDeps(config), untilStopped());
    });
  program
    .command("probe")
    .description("Exports a chain's head, peers and votes as metrics")
    .requiredOption("--config <file>", "the probe's configuration, JSON")
    .action(async (options: { config: string }) => {
      const { runProbe } = await import("./probe/index");
      await runProbe(JSON.parse(await readText(options.config)));
    });
  await program.parseAsync();
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"}): give the path of a configuration file with --config`);
  }
}

function untilStopped(): AbortSignal {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  return stop.signal;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`chainstead-agents: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
