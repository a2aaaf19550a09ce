// Components of ten chained children each: the size of program the benchmark measures.
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  readonly next!: pulumi.Output<string>;
  constructor(name: string, props: object, opts: pulumi.CustomResourceOptions) {
    super("demo:index:Thing", name, { next: undefined, ...props }, opts);
  }
}

const components = new pulumi.Config().requireNumber("components");
for (let index = 0; index < components; index++) {
  const parent = new pulumi.ComponentResource("demo:index:Group", `group-${index}`, {});
  let before: Thing | undefined;
  for (let child = 0; child < 10; child++) before = new Thing(`group-${index}-${child}`, { index, before: before?.id, tags: { owner: "many" } }, { parent });
}
