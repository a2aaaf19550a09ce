/** Stack name -> environment -> check -> layer -> outputs. The only file that reads configuration, the stack's name and other stacks. */
import * as pulumi from "@pulumi/pulumi";
import { environments, findStack, globalStack, regionStack, type StackAddress } from "../stacks";
import { checkStack, describe } from "../stacks/check";
import type { Access } from "./access";
import { buildChains } from "./chains";
import { foundationContract, globalContract, platformContract, readLayer, type Foundation, type Global, type Platform } from "./contracts";
import { buildFoundation } from "./foundation";
import { buildGlobal } from "./global";
import { buildPlatform } from "./platform";

export = async (): Promise<object> => {
  const stack = found(pulumi.getStack());
  const problems = checkStack(stack.environment, environments);
  if (problems.length > 0) throw new pulumi.RunError(describe(problems));
  refuseOtherRegion(stack);
  const config = new pulumi.Config();
  const access: Access = { kubeconfig: config.get("kubeconfig"), vaultToken: config.getSecret("vaultToken") };
  return build(stack, access);
};

function build(stack: StackAddress, access: Access): object {
  if (stack.layer === "global") return buildGlobal(stack.environment);
  const { environment, region, peer } = stack;
  const reference = (name: string): pulumi.StackReference => new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`);
  const global = (): Global => readLayer(reference(globalStack(environment)), globalContract);
  const foundation = (): Foundation => readLayer(reference(regionStack(environment, region, "foundation")), foundationContract);
  const platform = (): Platform => readLayer(reference(regionStack(environment, region, "platform")), platformContract);
  switch (stack.layer) {
    case "foundation":
      return buildFoundation(environment, region, global(), access);
    case "platform":
      return buildPlatform(environment, region, foundation(), global(), access);
    case "chains":
      return buildChains(environment, region, peer, foundation(), platform(), access);
  }
}

function found(name: string): StackAddress {
  try {
    return findStack(name);
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

/** The region stands in the stack's file too, because tools beside this program read it there. */
function refuseOtherRegion(stack: StackAddress): void {
  const region = stack.layer === "global" ? stack.environment.regions[0] : stack.region;
  const [namespace, declared] = [region.cloud === "aws" ? "aws" : "chainstead", region.name];
  const configured = new pulumi.Config(namespace).get("region");
  if (configured === declared) return;
  throw new pulumi.RunError(`Pulumi.${pulumi.getStack()}.yaml says ${namespace}:region = ${configured ?? "nothing"}, but the stack's region is ${declared}. Write ${declared} there, or correct the declaration below stacks/.`);
}
