import { existsSync, readdirSync } from "node:fs";
import { BackendError } from "../backend";
import type { PropertyMap } from "../values";
import { StateFile, statePath } from "./state-file";

/**
 * Outputs of a stack that was applied into the same folder. The name may be qualified as in the real engine (`organization/project/stack`).
 * @throws BackendError naming the stacks that there are.
 */
export async function readStackOutputs(stateDir: string, name: string): Promise<PropertyMap> {
  const stack = name.slice(name.lastIndexOf("/") + 1);
  if (!existsSync(statePath({ stateDir, stack }))) {
    const known = existsSync(stateDir) ? readdirSync(stateDir).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : [])) : [];
    throw new BackendError(`The stack ${name} has no state in ${stateDir} (there: ${known.sort().join(", ") || "none"}). Apply it first.`);
  }
  const { resources } = await new StateFile({ stateDir, stack }).read();
  return resources.find((resource) => resource.type === "pulumi:pulumi:Stack")?.outputs ?? {};
}
