/** Types are checked by `tsc`; here files are only transpiled, which keeps a single test file under two seconds. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+\\.(t|j)sx?$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } }] },
  // client-node and the consul client are published as ES modules only.
  transformIgnorePatterns: ["node_modules/(?!(@kubernetes/client-node|consul|openid-client|oauth4webapi|jose|papi)/)"],
  maxWorkers: 2,
  // Tests that start programs share two cores; five seconds say more about the machine than about the code.
  testTimeout: 30_000,
};
