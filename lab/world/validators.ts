import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WorldNetwork } from "../../chains/cometbft/world";
import { worldCommand, worldInitialState, worldValidatorFiles } from "../../chains/cometbft/world";
import { worldValidators } from "../layout";
import type { ServerContext, ServerGroup } from "../servers/context";
import { dataFolder } from "../servers/context";
import { writePrivateFile } from "../servers/private-file";

/** The outside validators of the environment's network: a chain that goes on without us and judges what we sign. */
export function world(context: ServerContext, network: WorldNetwork): ServerGroup {
  return {
    services: worldValidators.map((validator, index) => {
      const home = dataFolder(context, validator.name);
      writeHome(home, network, index);
      return {
        name: validator.name,
        site: "world" as const,
        argv: [context.program("cometbft"), ...worldCommand(home)],
        env: { GOMAXPROCS: "2" },
        ready: { http: `http://${validator.address}:${validator.rpc}/health` },
      };
    }),
  };
}

function writeHome(home: string, network: WorldNetwork, index: number): void {
  for (const file of worldValidatorFiles(network, index)) writePrivateFile(join(home, file.path), file.content);
  const state = join(home, worldInitialState.path);
  mkdirSync(dirname(state), { recursive: true, mode: 0o700 });
  if (!existsSync(state)) writePrivateFile(state, worldInitialState.content);
}
