// Everything that has to end in an error, one case per configuration.
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  constructor(name: string, opts?: pulumi.CustomResourceOptions) {
    super("demo:index:Thing", name, { password: pulumi.secret("never-show-this-secret") }, opts);
  }
}

const cases: { readonly [name: string]: () => unknown } = {
  duplicate: () => {
    new Thing("twin");
    new Thing("twin");
  },
  "unknown-invoke": () => pulumi.runtime.invoke("demo:index:missing", { key: "k", flag: true }),
  "unknown-invoke-output": () => ({ value: pulumi.runtime.invokeOutput("demo:index:missing", { key: "k" }) }),
  "unknown-reference": () => ({ value: new pulumi.StackReference("organization/faults/absent").requireOutput("x") }),
  "log-error": () => pulumi.log.error("this went wrong: never-show-this-secret", new Thing("logged")),
  throws: () => {
    throw new Error("thrown by the program");
  },
  run: () => {
    throw new pulumi.RunError("said without a trace");
  },
  exits: () => process.exit(3),
  leaves: () => process.exit(0),
  "bad-parent": () => new Thing("orphan", { parent: new pulumi.DependencyResource("urn:pulumi:test::faults::demo:index:Group::nowhere") as pulumi.Resource }),
  hooks: () => new Thing("hooked", { hooks: { beforeCreate: [() => undefined] } }),
  waits: () => new Promise((resolve) => setTimeout(resolve, 600_000)),
  environment: () => ({ names: Object.keys(process.env).sort() }),
};

export = async (): Promise<unknown> => {
  const result = await cases[new pulumi.Config().require("case")]?.();
  return typeof result === "object" && result !== null && !(result instanceof pulumi.Resource) ? result : {};
};
