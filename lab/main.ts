import { join } from "node:path";
import { Command, Option } from "commander";
import type { RegionName } from "./layout";
import { regions } from "./layout";
import { readProgramPaths } from "./programs-file";
import { kubeconfigPath } from "./servers/kubeconfig";

/** The lab's own processes, one per subcommand; the supervisor starts them. Each runs until SIGTERM or SIGINT. */
function main(): Promise<unknown> {
  const program = new Command("lab").description("Processes of the local environment. Operators use `chainstead` instead.");
  const region = (): Option => new Option("--region <name>", "region").choices([...regions]).makeOptionMandatory();
  const state = (): Option => new Option("--state <folder>", "the lab's folder").makeOptionMandatory();

  program
    .command("wire")
    .description("builds the sites and starts the supervisor, as root over the lab's namespaces")
    .addOption(new Option("--lab <name>", "the lab's name").makeOptionMandatory())
    .addOption(new Option("--root <folder>", "the checkout").makeOptionMandatory())
    .addOption(new Option("--cache <folder>", "the programs' cache").makeOptionMandatory())
    .addOption(state())
    .action(async (place: { lab: string; root: string; cache: string; state: string }) => {
      const { wire } = await import("./bring-up/wire");
      await wire(place);
    });

  program
    .command("agent")
    .description("runs the pods of a region's three nodes as local processes")
    .addOption(region())
    .addOption(new Option("--lab <name>", "the lab's name").makeOptionMandatory())
    .addOption(state())
    .action(async (options: { region: RegionName; lab: string; state: string }) => {
      const { runAgent } = await import("./agent");
      const { siteNetwork } = await import("./sites");
      const { cometbft, vault } = readProgramPaths(options.state);
      const agents = join(__dirname, "agents.js");
      await runAgent({
        region: options.region,
        state: options.state,
        kubeconfig: kubeconfigPath(options.state, options.region, "node-agent"),
        networks: siteNetwork(options.lab, options.state),
        programs: { node: process.execPath, agents, cometbft, vault },
      });
    });

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

  program
    .command("supervisor")
    .description("keeps the lab's services running")
    .addOption(new Option("--lab <name>", "the lab's name").makeOptionMandatory())
    .addOption(state())
    .action(async (options: { lab: string; state: string }) => {
      const { runSupervisor } = await import("./supervisor/daemon");
      await runSupervisor({ lab: options.lab, stateDir: options.state, proberArgv: [process.execPath, __filename, "probe"], say }, untilSignal());
    });

  program
    .command("probe")
    .description("answers the supervisor's questions whether a server of this site is ready")
    .action(async () => {
      const { answerProbes } = await import("./supervisor/probe");
      await answerProbes();
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
