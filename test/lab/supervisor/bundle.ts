import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

const room = join(__dirname, "../../../lab/supervisor");

/** Builds the supervisor and its prober alone, as one script with the arguments that `lab.js` takes. */
export function bundleSupervisor(): readonly string[] {
  const outfile = join(mkdtempSync(join(tmpdir(), "cs-lab-")), "lab.js");
  const contents = `
    import { runSupervisor } from "./daemon";
    import { answerProbes } from "./probe";
    const [, , command, , lab, , stateDir] = process.argv;
    const ending = new AbortController();
    process.once("SIGTERM", () => ending.abort());
    if (command === "probe") void answerProbes();
    else void runSupervisor({ lab, stateDir, proberArgv: [process.execPath, __filename, "probe"], say: (line) => console.log(line) }, ending.signal);
  `;
  buildSync({ stdin: { contents, resolveDir: room, loader: "ts" }, outfile, bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "error" });
  return [process.execPath, outfile];
}
