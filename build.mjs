// Bundles every entry point that runs without ts-node: commands, agents, lab processes and the policy pack.
import { build } from "esbuild";

const rooms = {
  "bin/chainstead.js": "cli/main.ts",
  "bin/agents.js": "agents/main.ts",
  "bin/lab.js": "lab/main.ts",
  "policies/bin/index.js": "policies/index.ts",
};

await Promise.all(
  Object.entries(rooms).map(([outfile, entry]) =>
    build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      sourcemap: "linked",
      logLevel: "warning",
      // The SDKs are found by version and by path at run time; bundling them would make a second copy.
      external: ["@pulumi/*", "@grpc/*", "google-protobuf", "esbuild", "typescript"],
    }),
  ),
);
