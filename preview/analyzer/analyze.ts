import { join } from "node:path";

import { evaluate, type Evaluation } from "../evaluate";
import type { Finding } from "../findings";
import { readFixtures } from "../fixtures";
import { targetOf } from "../targets";
import { runPolicyPack } from "./pack";

/**
 * What the policy pack below `policies/` says of a stack. It sees the stack with made-up outputs, because a policy that meets an unknown
 * value cannot run, and what guards a producer must not depend on what happens to be known before an update.
 * @throws when the pack is not built or does not run, or the stack cannot be evaluated with made-up outputs
 */
export async function policyFindings(root: string, evaluation: Evaluation, signal?: AbortSignal): Promise<readonly Finding[]> {
  const { stack, project } = evaluation;
  const known = evaluation.mode === "synth" ? evaluation : await evaluate({ root, stack, mode: "synth", fixtures: readFixtures(join(root, targetOf(stack).fixtures)), ...(signal ? { signal } : {}) });
  if (known.exitCode !== 0) {
    const errors = known.logs.filter((line) => line.severity === "error").map((line) => line.message);
    throw new Error(`stack ${stack} cannot be evaluated with made-up outputs, so no policy was asked:\n${errors.join("\n")}`);
  }
  const resources = known.resources.filter((r) => !r.external).map(({ resource, outputs }) => ({ ...resource, outputs }));
  return runPolicyPack({ folder: join(root, "policies"), root, organization: "organization", project, stack, dryRun: false }, resources);
}
