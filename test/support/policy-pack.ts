import type { Policies, Policy } from "@pulumi/policy";
import * as server from "@pulumi/policy/server";

import { findingOf, type Finding } from "../../preview/analyzer/findings";
import { analyzeRequest, analyzeStackRequest, providersOf, type Analyzed } from "../../preview/analyzer/request";
import type { PropertyMap } from "../../preview/values";

/** A registration with everything a policy does not look at filled in. */
export function resource(type: string, inputs: PropertyMap, options: Partial<Analyzed> = {}, stack = "production-aws-us-east-1-chains"): Analyzed {
  const name = options.name ?? "thing";
  return {
    urn: `urn:pulumi:${stack}::chainstead::${type}::${name}`,
    type, name, inputs, dependencies: [], propertyDependencies: {}, protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [],
    ...options,
  };
}

type Rpc = (call: { request: unknown }, callback: (error: unknown, answer: { getDiagnosticsList(): Parameters<typeof findingOf>[0][] }) => void) => Promise<void>;
/** Exported by the SDK at run time, left out of its types (marked internal there). */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun } = server as unknown as Record<"makeAnalyzeRpcFun" | "makeAnalyzeStackRpcFun", MakeRpc>;
type MakeRpc = (pack: string, version: string, level: string, policies: Policies) => Rpc;

/** Runs policies as the pack's server does, with its proxies for unknown values, but in this process. */
export async function findings(policies: Policy[], resources: readonly Analyzed[]): Promise<Finding[]> {
  const providers = providersOf(resources);
  const run = async (make: MakeRpc, request: unknown, urn: string): Promise<Finding[]> => {
    const rpc = make("chainstead", "0.0.0", "mandatory", policies as Policies);
    return new Promise((resolve, reject) => {
      void rpc({ request }, (error, answer) => (error ? reject(error as Error) : resolve(answer.getDiagnosticsList().map((d) => findingOf(d, { stack: "test", urn }, [])))));
    });
  };
  const each = await Promise.all(resources.map((r) => run(makeAnalyzeRpcFun, analyzeRequest(r, providers), r.urn)));
  return [...each.flat(), ...(await run(makeAnalyzeStackRpcFun, analyzeStackRequest(resources), ""))];
}
