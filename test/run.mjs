// Runs the suites one after another and closes with their sum, `N passed, N failed`, alone on a line.
// A suite that cannot run counts as one failure; nothing is skipped in silence.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const jest = (config) => (file) => [
  "node_modules/jest/bin/jest.js", ...config, "--json", "--outputFile", file,
];
const suites = {
  types: { what: "types", argv: () => ["node_modules/typescript/bin/tsc", "--noEmit"] },
  lint: { what: "lint: import direction, file length, promises", argv: () => ["node_modules/eslint/bin/eslint.js", "."] },
  unit: { what: "unit tests", argv: jest(["--testPathIgnorePatterns", "\\.real\\.test\\.ts$", "\\.lab\\.test\\.ts$"]), counted: true },
  tools: { what: "toolchain: servers for the tests below", argv: () => ["bin/chainstead.js", "tools"] },
  real: { what: "tests on real servers", argv: jest(["--runInBand", "--testMatch", "**/*.real.test.ts"]), counted: true },
  lab: { what: "the local environment: up, drill, switchover, heal, down", argv: jest(["--runInBand", "--testMatch", "**/*.lab.test.ts"]), counted: true },
};

const asked = process.argv.slice(2).filter(Boolean);
const unknown = asked.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`unknown suite ${unknown.join(", ")}; there are: ${Object.keys(suites).join(", ")}`);
  process.exit(2);
}
const chosen = asked.length > 0 ? asked : Object.keys(suites);
const folder = mkdtempSync(join(tmpdir(), "chainstead-tests-"));
let passed = 0;
let failed = 0;

for (const name of chosen) {
  const suite = suites[name];
  const file = join(folder, `${name}.json`);
  const started = Date.now();
  console.log(`\n== ${name}: ${suite.what}`);
  const run = spawnSync(process.execPath, suite.argv(file), { stdio: "inherit" });
  let ok = run.status === 0 ? 1 : 0;
  let bad = 1 - ok;
  if (suite.counted && existsSync(file)) {
    const result = JSON.parse(readFileSync(file, "utf8"));
    ok = result.numPassedTests;
    // A file that could not be loaded has no tests to count, but is a failure all the same; so is a skipped test.
    bad = result.numFailedTests + result.numRuntimeErrorTestSuites + result.numPendingTests + result.numTodoTests;
    if (run.status !== 0 && bad === 0) bad = 1;
    if (ok + bad === 0) bad = 1;
  }
  passed += ok;
  failed += bad;
  console.log(`== ${name}: ${ok} passed, ${bad} failed, ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

rmSync(folder, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
