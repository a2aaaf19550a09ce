import { Command, Option } from "commander";
import type { RegionName } from "./layout";
import { regions } from "./layout";

/** The lab's own processes, one per subcommand; the supervisor starts them. Each runs until SIGTERM or SIGINT. */
function main(): Promise<unknown> {
  const program = new Command("lab").description("Processes of the local environment. Operators use `chainstead` instead.");
  const region = (): Option => new Option("--region <name>", "region").choices([...regions]).makeOptionMandatory();
  const state = (): Option => new Option("--state <folder>", "the lab's folder").makeOptionMandatory();

  program
    .command("unseal")
    .description("keeps a region's Vault unsealed (lab only)")
    .addOption(region())
    .addOption(state())
    .action(async (options: { region: RegionName; state: string }) => {
      const { keepUnsealed } = await import("./servers/vault-bootstrap");
      await keepUnsealed(options.state, options.region, untilSignal(), say);
    });

  program
    .command("monitoring-sync")
    .description("keeps a region's Prometheus and Alertmanager as its API server says")
    .addOption(region())
    .addOption(state())
    .action(async (options: { region: RegionName; state: string }) => {
      const { keepMonitoring } = await import("./servers/monitoring-sync");
      await keepMonitoring(options.state, options.region, untilSignal(), say);
    });

  program
    .command("sinks")
    .description("Slack and mail, as far as the lab is concerned")
    .addOption(state())
    .action(async (options: { state: string }) => {
      const { runSinks } = await import("./sinks");
      await runSinks(options.state, untilSignal());
    });

  return program.parseAsync(process.argv);
}

/** Aborts when the supervisor asks for an end. */
function untilSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => ending.abort());
  return ending.signal;
}

function say(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
