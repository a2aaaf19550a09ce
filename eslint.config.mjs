import tseslint from "typescript-eslint";

/** Which rooms a room may import from (besides itself). Imports point one way; `type` marks type-only imports. */
const arrows = {
  chains: [],
  stacks: ["chains", "components"],
  components: ["chains"],
  infra: ["chains", "components", "stacks"],
  policies: ["chains"],
  agents: ["chains"],
  pipelines: ["chains"],
  preview: ["chains", "components", "stacks", "infra"],
  lab: ["chains", "components", "stacks", "infra", "preview", "agents"],
  cli: ["chains", "components", "stacks", "infra", "preview", "lab", "agents"],
};
const rooms = Object.keys(arrows);

const arrowRules = rooms.map((room) => ({
  files: [`${room}/**/*.ts`],
  rules: {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      {
        patterns: [
          ...rooms
            .filter((other) => other !== room && !arrows[room].includes(other))
            .map((other) => ({ regex: `^(\\.\\./)+${other}(/|$)`, message: `${room}/ must not import ${other}/ (docs/architecture.md, "Imports point one way").` })),
          ...(room === "stacks" ? [{ regex: `^(\\.\\./)+components(/|$)`, allowTypeImports: true, message: "stacks/ imports types only from components/." }] : []),
          ...(["agents", "chains"].includes(room) ? [{ regex: "^@pulumi/", message: `${room}/ never loads Pulumi.` }] : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["**/bin/**", "node_modules/**", ".lab/**", "*.js", "*.mjs", "**/*.mjs"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    rules: {
      "max-lines": ["error", 350],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Only infra/index.ts and program entry points (main.ts) read the environment." },
      ],
    },
  },
  { files: ["infra/index.ts", "**/main.ts", "test/**/*.ts"], rules: { "no-restricted-properties": "off" } },
  ...arrowRules,
);
