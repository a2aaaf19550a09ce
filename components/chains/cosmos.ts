import * as pulumi from "@pulumi/pulumi";
import { cosmos } from "../../chains/cosmos";
import { Access } from "./access";
import { Home } from "./home";
import { describeInstance } from "./instance";
import { Node } from "./node";
import { providersOf, type ChainArgs } from "./placement";

/** A Cosmos Hub validator's half in one region: a hot node behind the signer gate. Which half produces, the gates decide. */
export class Cosmos extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly workload: pulumi.Output<string>;

  /** @param name the instance's, `cosmos-<network>` */
  constructor(name: string, args: ChainArgs<"cosmos">, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:chains:Cosmos", name, {}, { ...opts, providers: providersOf(args.placement) });
    const instance = describeInstance(cosmos, name, args);
    const home = new Home(`${name}-home`, { instance }, { parent: this });
    const access = new Access(`${name}-access`, { instance }, { parent: this });
    const node = new Node(`${name}-node`, { instance }, { parent: this, dependsOn: [home, access] });
    this.namespace = home.namespace.metadata.name;
    this.workload = node.workload.metadata.name;
    this.registerOutputs({ namespace: this.namespace, workload: this.workload });
  }
}
