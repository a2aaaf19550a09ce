import { execute } from "./execute";
import type { Program, ToolchainPlace } from "./program";

/** First version number in what a program says of itself: `etcd Version: 3.4.23`, `Consul v1.22.7`, `prometheus, version 2.42.0+ds`. */
export function versionIn(output: string): string | undefined {
  return /(?<![\d.])v?(\d+\.\d+\.\d+)/.exec(output)?.[1];
}

/** Version that the program at a path says it has; undefined when it cannot be run or says none. */
export async function versionOf(path: string, program: Program, place: ToolchainPlace): Promise<string | undefined> {
  const { code, output } = await execute(place, [path, ...program.versionArguments], { timeout: 20_000 });
  return code === 0 ? versionIn(output) : undefined;
}

/** Absolute path of a program on the PATH, in whatever version. */
export async function onPath(name: string, place: ToolchainPlace): Promise<string | undefined> {
  const { code, output } = await execute(place, ["/bin/sh", "-c", 'command -v "$0"', name]);
  const path = output.trim();
  return code === 0 && path.startsWith("/") ? path : undefined;
}
