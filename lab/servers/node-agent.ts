import type { RegionName } from "../layout";
import type { ServiceSpec } from "../supervisor/service";
import type { ServerContext } from "./context";

/** The process that stands for a region's three nodes. It runs in the site, beside the pods that it starts. */
export function nodeAgent(context: ServerContext, region: RegionName): ServiceSpec {
  return {
    name: `node-agent-${region}`,
    site: region,
    argv: context.labProcess("agent", "--region", region, "--lab", context.lab, "--state", context.state),
    ready: { none: true },
  };
}
