/** Declarations to break: a good environment on each cloud, and a way to change one field of a copy. */
import { cosmos } from "../../chains/cosmos";
import { dummy } from "../../chains/dummy";
import { catalogueOf, type Catalogue } from "../../stacks/check";
import type { Environment } from "../../stacks/types";

type Path = readonly (string | number)[];

/** A deep copy in which the value at each path is another one; `undefined` removes the field. */
export function changed(environment: Environment, changes: readonly (readonly [Path, unknown])[]): Environment {
  const copy = structuredClone(environment);
  for (const [path, value] of changes) {
    const holder = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], copy) as Record<string | number, unknown>;
    const last = path[path.length - 1]!;
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return copy;
}

/** Definitions with a few that real ones never have: a process fenced by the lease, one that is killed at once, and a network that ended. */
export const oddCatalogue: Catalogue = catalogueOf({
  cosmos,
  dummy,
  leased: {
    ...dummy,
    chain: "leased",
    title: "Leased",
    processes: (settings: object) => dummy.processes(settings, "local").map((process) => ({ ...process, fence: { kind: "process", why: "a test" } })),
  },
  hasty: {
    ...dummy,
    chain: "hasty",
    title: "Hasty",
    processes: (settings: object) => dummy.processes(settings, "local").map((process) => ({ ...process, terminationGraceSeconds: 0 })),
  },
  ended: {
    ...dummy,
    chain: "ended",
    title: "Ended",
    networks: { past: { ...dummy.networks["local"], status: "ended", statusNote: "shut down in 2022." } },
    checkSettings: () => [],
  },
});
