#!/usr/bin/env node
import { join } from "node:path";

import { Command } from "commander";

import { contextFrom } from "./context";
import { registerDown, registerTools, registerUp } from "./environment";
import { registerDrill } from "./drill";
import { registerHistory } from "./history";
import { registerKeys } from "./keys";
import { registerPreview } from "./preview";
import { registerStatus } from "./status";
import { registerSwitchover } from "./switchover";

async function main(): Promise<void> {
  const context = contextFrom(join(__dirname, ".."), process.env);
  const program = new Command("chainstead")
    .description("Block-producing nodes in two identical regions, with exactly one active producer per chain.")
    .showHelpAfterError("(see --help)")
    .addHelpText("after", "\nExit codes: 0 as asked and healthy, 1 something is wrong (said above), 2 the call itself was wrong.\nThe lab is chosen by CHAINSTEAD_LAB (default local).");
  // Before the commands are made, because they inherit it: a call that cannot be understood ends with 2.
  program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  registerUp(program, context);
  registerDown(program, context);
  registerTools(program, context);
  registerStatus(program, context);
  registerSwitchover(program, context);
  registerHistory(program, context);
  registerDrill(program, context);
  registerKeys(program, context);
  registerPreview(program, context);
  await program.parseAsync(process.argv);
}

main().catch((error: unknown) => {
  // A stack trace is for us, not for an operator; DEBUG=1 shows it.
  console.error(process.env["DEBUG"] ? error : `chainstead: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
