import { Argument, type Command, InvalidArgumentError, Option } from "commander";

import { drill } from "../lab/drill/drill";
import { drillKinds, drillLine, shortcomings, summary, type DrillKind, type DrillResult } from "../lab/drill/report";
import { siteNetwork } from "../lab/sites";
import { connectSupervisor } from "../lab/supervisor";
import { powerOf, setPower } from "../lab/world/validator";
import { readFleet } from "../lab/fleet/fleet";
import type { Context } from "./context";
import { inLab } from "./inside";

interface Options {
  readonly instance: string;
  readonly times: number;
  readonly power?: number;
  readonly outage: number;
  readonly consulLeader?: "lost" | "elsewhere";
  readonly json?: boolean;
}

export function registerDrill(program: Command, context: Context): void {
  program
    .command("drill")
    .description("bring a fault about and let ledger and chain judge what happens")
    .addArgument(new Argument("[kind]", "which fault").choices([...drillKinds]).default("region-loss"))
    .option("--instance <name>", "chain and network", "cosmos-local")
    .option("--times <n>", "how often, one after another", wholeNumber, 1)
    .option("--power <n>", "voting power of our validator meanwhile; the outside has 30, so 40 is above a third", wholeNumber)
    .option("--outage <seconds>", "quorum-loss: how long", wholeNumber, 10)
    .addOption(new Option("--consul-leader <where>", "hand Consul's leadership into or out of the lost region first").choices(["lost", "elsewhere"]))
    .option("--json", "for programs")
    .addHelpText("after", "\nEvery second drill goes the other way, because each starts at the region that produces. Ctrl-C ends the fault first.")
    .action((kind: DrillKind, options: Options) => inLab(context, () => drills(context, kind, options)));
}

async function drills(context: Context, kind: DrillKind, options: Options): Promise<number> {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort(new Error("interrupted; the fault has been ended")));
  process.once("SIGTERM", () => interrupt.abort(new Error("interrupted; the fault has been ended")));
  const say = (line: string): void => void (options.json || console.log(line));
  const supervisor = await connectSupervisor(context.state);
  const restorePower = options.power === undefined ? undefined : await withPower(context, options.instance, options.power, say);
  const results: DrillResult[] = [];
  try {
    for (let number = 1; number <= options.times; number++) {
      const result = await drill({
        state: context.state,
        lab: context.lab,
        network: siteNetwork(context.lab, context.state),
        services: () => supervisor.list(),
        instance: options.instance,
        kind,
        outageSeconds: options.outage,
        consulLeader: options.consulLeader,
        say: (line) => say(`     ${line}`),
        signal: interrupt.signal,
      });
      results.push(result);
      say(drillLine(number, result));
      for (const problem of shortcomings(result)) say(`     SHORT OF THE PROMISE: ${problem}`);
    }
  } finally {
    await restorePower?.();
  }
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  else say(`\n${summary(results)}`);
  return results.every((result) => shortcomings(result).length === 0) ? 0 : 1;
}

/** Gives our validator another power, and returns what gives the old one back. */
async function withPower(context: Context, instance: string, power: number, say: (line: string) => void): Promise<() => Promise<void>> {
  const key = (await readFleet(context.state)).chains.find((c) => c.instance === instance)?.regions.find((r) => r.gate)?.gate?.key.publicKey;
  if (key === undefined) throw new Error(`${instance}: no gate shows the validator's public key`);
  const before = await powerOf(key);
  await setPower(key, power);
  say(`     our validator has power ${power} (was ${before})`);
  return async () => {
    await setPower(key, before);
    say(`     our validator has power ${before} again`);
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a whole number from 1");
  return value;
}
