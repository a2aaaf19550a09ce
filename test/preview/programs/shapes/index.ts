// Options, transforms, aliases and values of every shape, on resource types that need no provider package.
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  readonly made!: pulumi.Output<string>;
  constructor(name: string, props: object, opts?: pulumi.CustomResourceOptions) {
    super("demo:index:Thing", name, { made: undefined, ...props }, opts);
  }
}
class Provider extends pulumi.ProviderResource {
  constructor(name: string, props: object = {}) {
    super("demo", name, props);
  }
}
class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("demo:index:Group", name, {}, opts);
  }
}
class Remote extends pulumi.ComponentResource {
  constructor(name: string, props: object, opts?: pulumi.ComponentResourceOptions) {
    super("demo:remote:Box", name, props, opts, true);
  }
}

pulumi.runtime.registerResourceTransform(({ props, opts, type, name }) => (type === "demo:index:Thing" && !name.startsWith("untouched") ? { props: { ...props, stackTransform: true, order: `${props.order ?? ""}s` }, opts } : undefined));
pulumi.runtime.registerInvokeTransform(({ args, opts }) => ({ args: { ...args, added: "by transform" }, opts }));

export = async (): Promise<object> => {
  const config = new pulumi.Config();
  const provider = new Provider("demo");
  const plain = new Thing("plain", { text: "a", list: [1, null, { x: true }] }, { provider });
  const own = new Thing("own-transform", { text: "b" }, { provider, transforms: [({ props, opts }) => ({ props: { ...props, text: "changed", order: `${props.order ?? ""}r` }, opts: pulumi.mergeOptions(opts, { protect: true, ignoreChanges: ["text"] }) })] });
  const group = new Group("group", {
    providers: [provider],
    protect: true,
    retainOnDelete: true,
    aliases: [{ name: "old-group" }],
    transforms: [({ props, opts, type, name }) => (!name.startsWith("untouched") && type === "demo:index:Thing" ? { props: { ...props, order: `${props.order ?? ""}p` }, opts } : undefined)],
  });
  new Thing("group-child", { from: plain.made, secret: pulumi.secret("inherited-secret-text") }, { parent: group, aliases: [{ type: "demo:index:OldThing" }] });
  // What a transform hands back has every option set, so inheritance is seen where none runs.
  new Thing("untouched-child", {}, { parent: group });
  new Thing("untouched", { reference: plain, group }, { provider });
  const moved = new Thing("moved", { text: "c" }, { provider, aliases: [{ parent: group }, "urn:pulumi:test::shapes::demo:index:Thing::elsewhere"], deletedWith: plain, replaceOnChanges: ["text"], deleteBeforeReplace: true, customTimeouts: { create: "5m" }, additionalSecretOutputs: ["made"], dependsOn: [own] });
  new Thing("files", { text: new pulumi.asset.StringAsset("hello"), folder: new pulumi.asset.FileArchive("./files") }, { provider });
  new Remote("box", { input: plain.made, nested: { deep: pulumi.secret(plain.made) } }, { provider });
  const answer = pulumi.runtime.invokeOutput("demo:index:lookup", { key: "k" }, { provider }) as pulumi.Output<{ value: string }>;
  const settings = config.requireSecretObject<{ size: number; key: string }>("settings");
  return { answer: answer.apply(({ value }) => value), plain: config.require("plain"), settings, made: moved.made, id: plain.id, urn: group.urn };
};
