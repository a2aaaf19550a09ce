import { InvalidArgumentError, Option, type Command } from "commander";
import { policyFindings } from "../preview/analyzer/analyze";
import { previewCommand } from "../preview/command";
import type { Context } from "./context";

interface Flags {
  readonly mode: "preview" | "synth";
  readonly against?: string;
  readonly json?: boolean;
  readonly markdown?: string;
  readonly config: readonly string[];
  readonly parallel: number;
  readonly policies: boolean;
}

/** `chainstead preview STACK|ENVIRONMENT`: what the program declares and what changed, without engine, network or credentials. */
export function registerPreview(program: Command, context: Pick<Context, "root">): void {
  program
    .command("preview <target>")
    .description("Show what a stack, or every stack of an environment, declares and what changed; offline and without credentials.")
    .addOption(new Option("--mode <mode>", "preview: outputs unknown, for differences; synth: outputs made up, so that all code runs").choices(["preview", "synth"]).default("preview"))
    .option("--against <revision|file>", "compare with a git revision, an exported state, a folder of <stack>.json states, or an earlier --json")
    .option("--json", "print the digest in the shape of `pulumi preview --json`")
    .option("--markdown <file>", "write a pull-request comment")
    .option("-c, --config <key=value>", "set a configuration value (repeatable)", (word: string, words: readonly string[]) => [...words, word], [])
    .option("--parallel <number>", "operations at once", wholeNumber, 16)
    .option("--no-policies", "do not ask the policy pack")
    .action(async (target: string, flags: Flags) => {
      const interrupt = new AbortController();
      const onSignal = (): void => interrupt.abort();
      process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
      process.exitCode = await previewCommand({
        root: context.root,
        target,
        ...flags,
        colour: process.stdout.isTTY === true && !flags.json,
        print: (text) => console.log(text),
        say: (line) => console.error(line),
        signal: interrupt.signal,
        ...(flags.policies ? { analyze: (evaluation) => policyFindings(context.root, evaluation, interrupt.signal) } : {}),
      }).finally(() => process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal));
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It has to be a whole number from 1.");
  return number;
}
