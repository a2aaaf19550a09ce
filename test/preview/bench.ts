/**
 * Prints what an evaluation costs, by size of program and by mode: `node -r ts-node/register/transpile-only test/preview/bench.ts`.
 * Compare CPU seconds; wall-clock seconds depend on what else the machine does. Nothing is asserted.
 */
import { evaluateProgram } from "./support";

async function main(): Promise<void> {
  console.log("program              registered      s   CPU s");
  const row = async (name: string, mode: "preview" | "synth", config: Record<string, string>): Promise<void> => {
    const { resources, seconds, cpuSeconds, exitCode } = await evaluateProgram(name, mode, config);
    if (exitCode !== 0) throw new Error(`${name} ended with exit code ${exitCode}`);
    console.log(`${`${name} (${mode})`.padEnd(20)} ${String(resources.length).padStart(10)} ${seconds.toFixed(2).padStart(6)} ${cpuSeconds.toFixed(2).padStart(7)}`);
  };
  await row("estate", "preview", {});
  await row("estate", "synth", {});
  for (const components of ["1", "10", "100"]) await row("many", "preview", { components });
  await row("many", "synth", { components: "100" });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
