import type { Command } from "commander";

import { readFleet } from "../lab/fleet/fleet";
import { renderFleet } from "../lab/fleet/render";
import type { Context } from "./context";
import { inLab } from "./inside";

export function registerStatus(program: Command, context: Context): void {
  program
    .command("status")
    .description("who produces, in which epoch, how far behind the standby is, and everything that is wrong")
    .option("--json", "for programs")
    .action((options: { json?: boolean }) =>
      inLab(context, async () => {
        const fleet = await readFleet(context.state);
        console.log(options.json ? JSON.stringify(fleet, undefined, 2) : renderFleet(fleet));
        const wrong = fleet.problems.length + fleet.chains.reduce((sum, chain) => sum + chain.problems.length, 0);
        return wrong === 0 ? 0 : 1;
      }),
    );
}
