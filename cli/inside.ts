import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";

import { enterNetns, enterPrivileged, siteNetns } from "../lab/sites";
import type { Context } from "./context";

/** The lab does not run, so there is nothing to ask. */
export class LabDown extends Error {
  constructor(context: Context) {
    super(`the local environment "${context.lab}" is not up: run \`make up\`${context.lab === "local" ? "" : ` LAB=${context.lab}`}`);
  }
}

/**
 * Runs this same command again where the lab's servers can be reached: in the operator's namespace. Returns the exit code.
 * Interrupts reach the inner process by itself, because it stays in the terminal's foreground group.
 * @throws LabDown when there is no such namespace
 */
export async function runInside(context: Context, argv: readonly string[]): Promise<number> {
  const netns = siteNetns(context.lab, "ops");
  const privileged = existsSync(context.state) ? await enterPrivileged(context.state) : undefined;
  if (privileged === undefined && !existsSync(`/run/netns/${netns}`)) throw new LabDown(context);
  const [program = "", ...rest] = [...(privileged ?? []), ...enterNetns(netns), process.execPath, ...argv];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: "inherit", env: insideEnvironment(context) });
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    process.on("SIGTERM", () => void child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}

/** Nothing of the caller's environment goes in but what a command needs to know. */
function insideEnvironment(context: Context): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: context.state,
    CHAINSTEAD_LAB: context.lab,
    CHAINSTEAD_INSIDE: context.lab,
    XDG_CACHE_HOME: dirname(context.cache),
    ...(context.pulumiCli === undefined ? {} : { CHAINSTEAD_PULUMI: context.pulumiCli }),
  };
}

/** Runs `work` where the lab's servers can be reached, in this process or in one started there, and exits with its code. */
export async function inLab(context: Context, work: () => Promise<number>): Promise<void> {
  process.exitCode = context.inside ? await work() : await runInside(context, process.argv.slice(1));
}
