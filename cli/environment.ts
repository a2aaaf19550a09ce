import { InvalidArgumentError, Option, type Command } from "commander";

import { providePrograms } from "../lab/bring-up/provide-programs";
import { down } from "../lab/down";
import { readFleet } from "../lab/fleet/fleet";
import { renderFleet } from "../lab/fleet/render";
import { bringUp, prepareUp, type UpOptions } from "../lab/up";
import type { Context } from "./context";
import { runInside } from "./inside";

interface Options {
  readonly environment?: string;
  readonly engine: UpOptions["engine"];
  readonly startedAt?: number;
}

export function registerUp(program: Command, context: Context): void {
  program
    .command("up")
    .description("bring a local environment up: two regions, a witness, the outside world and a real chain")
    .addOption(new Option("--environment <name>", "which declared environment (default: the lab's name, or local)"))
    .addOption(new Option("--engine <engine>", "who runs the program").choices(["auto", "evaluator", "pulumi"]).default("auto"))
    .addOption(new Option("--started-at <ms>", "set by the command itself when it goes on inside the lab").argParser(milliseconds).hideHelp())
    .addHelpText("after", "\nSafe to repeat: what runs already is left alone. Ctrl-C stops cleanly; the next `up` goes on, `down` clears.")
    .action((options: Options) => up(context, options));
}

async function up(context: Context, given: Options): Promise<void> {
  const startedAt = given.startedAt ?? Date.now();
  const options: UpOptions = {
    place: context,
    environment: given.environment ?? "local",
    engine: given.engine,
    pulumiCli: context.pulumiCli,
    report: (line) => console.log(line),
    signal: interrupted(),
    startedAt,
  };
  if (!context.inside) {
    await prepareUp(options);
    process.exitCode = await runInside(context, [...process.argv.slice(1), "--started-at", String(startedAt)]);
    return;
  }
  await bringUp(options);
  const fleet = await readFleet(context.state);
  console.log(`\n${renderFleet(fleet)}\n`);
  console.log(`up in ${((Date.now() - startedAt) / 1000).toFixed(1)} s; Vault is unsealed in a way that only a lab may use; logs: ${context.state}/logs`);
}

export function registerDown(program: Command, context: Context): void {
  program
    .command("down")
    .description("stop everything that `up` started, and nothing else; logs stay")
    .action(async () => {
      await down(context, (line: string) => console.log(line));
    });
}

export function registerTools(program: Command, context: Context): void {
  program
    .command("tools")
    .description("provide every server that the local environment and the tests need")
    .option("--json", "print where each is, for programs")
    .action(async (options: { json?: boolean }) => {
      const paths = await providePrograms(context, (line) => (options.json ? console.error(line) : console.log(line)), interrupted());
      console.log(options.json ? JSON.stringify(paths, undefined, 2) : Object.entries(paths).map(([name, path]) => `${name.padEnd(24)} ${path}`).join("\n"));
    });
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort(new Error("interrupted; `make up` goes on, `make down` clears")));
  return controller.signal;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError("milliseconds since 1970");
  return value;
}
