import * as pulumi from "@pulumi/pulumi";
import { dummy } from "../../chains/dummy";
import { Access } from "./access";
import { Home } from "./home";
import { describeInstance } from "./instance";
import { Node } from "./node";
import { providersOf, type ChainArgs } from "./placement";

/** The made-up chain in one region: a node without a gate. It is what a new chain is copied from. */
export class Dummy extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly workload: pulumi.Output<string>;

  /** @param name the instance's, `dummy-<network>` */
  constructor(name: string, args: ChainArgs<"dummy">, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:chains:Dummy", name, {}, { ...opts, providers: providersOf(args.placement) });
    const instance = describeInstance(dummy, name, args);
    const home = new Home(`${name}-home`, { instance }, { parent: this });
    const access = new Access(`${name}-access`, { instance }, { parent: this });
    const node = new Node(`${name}-node`, { instance }, { parent: this, dependsOn: [home, access] });
    this.namespace = home.namespace.metadata.name;
    this.workload = node.workload.metadata.name;
    this.registerOutputs({ namespace: this.namespace, workload: this.workload });
  }
}
