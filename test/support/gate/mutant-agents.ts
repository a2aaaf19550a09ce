/** Stands in for the agents' bundle in a lab whose gate must be caught: `gate` is the mutant, `probe` the real one. */
async function main(): Promise<void> {
  if (process.argv[2] === "gate") await import("./mutant-gate");
  else await import("../../../agents/main");
}

void main();
