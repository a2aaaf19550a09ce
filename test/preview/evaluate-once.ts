// Evaluates one fixture program and prints what came out; started by tests in surroundings a test itself cannot take on.
import { evaluateProgram } from "./support";

const [program = "", mode = "preview", ...words] = process.argv.slice(2);
const config = Object.fromEntries(words.map((word) => word.split("=") as [string, string]));
void evaluateProgram(program, mode === "synth" ? "synth" : "preview", config).then(({ exitCode, resources, cpuSeconds, seconds }) => {
  console.log(JSON.stringify({ exitCode, resources: resources.length, cpuSeconds, seconds, variables: Object.keys(process.env) }));
});
