import type { Command } from "commander";

import { ConsulStore } from "../agents/gate/store-consul";
import { fenceKey } from "../chains/gate-config";
import { table } from "../lab/fleet/table";
import { consulAddresses } from "../lab/layout";
import type { Context } from "./context";
import { inLab } from "./inside";

export function registerHistory(program: Command, context: Context): void {
  program
    .command("history")
    .description("every move of the producer's role that the fence document remembers, newest last")
    .option("--instance <name>", "chain and network", "cosmos-local")
    .option("--json", "for programs")
    .action((options: { instance: string; json?: boolean }) =>
      inLab(context, async () => {
        const { doc } = await new ConsulStore({ servers: consulAddresses("a"), key: fenceKey(options.instance), timeoutMs: 2_000 }).read();
        if (doc === undefined) throw new Error(`there is no fence document for ${options.instance}: look at \`make status\` for the names of chains`);
        if (options.json) console.log(JSON.stringify(doc.failovers, undefined, 2));
        else console.log(table(["AT", "EPOCH", "FROM", "TO", "KIND", "REASON"], doc.failovers.map((f) => [f.at, String(f.epoch), f.from ?? "-", f.to, f.automatic ? "automatic" : "planned", f.reason])));
        return 0;
      }),
    );
}
