import { setTimeout as sleep } from "node:timers/promises";

import type { Command } from "commander";

import type { Precondition } from "../agents/gate/preconditions";
import { ConsulStore } from "../agents/gate/store-consul";
import { fenceKey } from "../chains/gate-config";
import { askFor } from "../lab/drill/drill";
import { readFleet } from "../lab/fleet/fleet";
import { consulAddresses, regions, type RegionName } from "../lab/layout";
import type { Context } from "./context";
import { inLab } from "./inside";

interface Options {
  readonly instance: string;
  readonly to?: string;
  readonly execute?: boolean;
  readonly json?: boolean;
}

export function registerSwitchover(program: Command, context: Context): void {
  program
    .command("switchover")
    .description("move the producer's role to the other region; without --execute only says whether it could")
    .option("--instance <name>", "chain and network", "cosmos-local")
    .option("--to <region>", "target region (default: the one that does not produce)")
    .option("--execute", "do it")
    .option("--json", "for programs")
    .action((options: Options) => inLab(context, () => switchover(context, options)));
}

/** 0: moved, or could be moved; 1: a precondition does not hold, or the role did not move. */
async function switchover(context: Context, options: Options): Promise<number> {
  const chain = (await readFleet(context.state)).chains.find((c) => c.instance === options.instance && c.gated);
  if (chain === undefined) throw new Error(`no chain with a gate is called ${options.instance}: see \`make status\``);
  const to = options.to ?? regions.find((region) => region !== chain.active);
  if (to === undefined || !regions.includes(to as RegionName)) throw new Error(`there is no region "${to}": there are ${regions.join(" and ")}`);
  const target = chain.regions.find((r) => r.region === to);
  const list = target?.gate?.preconditions ?? [];
  // P1, the free document, and P10, the hourly budget, bind automatic moves only: here a person decides.
  const blocking = list.filter((p) => !p.ok && p.id !== "P1" && p.id !== "P10");
  const possible = target?.gate?.fit === true && chain.active !== to;
  if (options.json !== true) console.log(preconditionsText(options.instance, chain.active, to, list, target?.silent));
  if (chain.active === to) return say(options, { done: false, possible: false, reason: `region ${to} holds the role already` }, 0);
  if (!possible) return say(options, { done: false, possible, reason: target?.silent ?? `not possible: ${blocking.map((p) => p.id).join(", ")}` }, 1);
  if (options.execute !== true) return say(options, { done: false, possible, reason: "dry run: add --execute to do it" }, 0);
  const began = performance.now();
  await askFor(new ConsulStore({ servers: consulAddresses(to as RegionName), key: fenceKey(options.instance), timeoutMs: 2_000 }), to, "operator");
  const moved = await holds(context, options.instance, to);
  const seconds = (performance.now() - began) / 1000;
  return say(options, { done: moved, possible, seconds, reason: moved ? `region ${to} holds the role after ${seconds.toFixed(2)} s` : `region ${to} did not take the role within 30 s` }, moved ? 0 : 1);
}

async function holds(context: Context, instance: string, region: string): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const chain = (await readFleet(context.state)).chains.find((c) => c.instance === instance && c.gated);
    if (chain?.active === region) return true;
    await sleep(50);
  }
  return false;
}

function preconditionsText(instance: string, from: string | undefined, to: string, list: readonly Precondition[], silent: string | undefined): string {
  const lines = list.map((p) => `  ${p.ok ? "ok  " : p.id === "P1" || p.id === "P10" ? "skip" : "FAIL"}  ${p.id.padEnd(3)}  ${p.title}: ${p.detail}`);
  return [`${instance}: region ${from ?? "(none)"} -> region ${to}`, ...(silent === undefined ? lines : [`  FAIL  ${silent}`])].join("\n");
}

function say(options: Options, result: { done: boolean; possible: boolean; reason: string; seconds?: number }, code: number): number {
  console.log(options.json ? JSON.stringify(result) : result.reason);
  return code;
}
