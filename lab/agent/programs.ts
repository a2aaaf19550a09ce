/** Paths of the programs on this machine; a missing one makes its images simulated. */
export interface ProgramPaths {
  /** The Node.js executable. */
  readonly node: string;
  /** The agents' bundle, `bin/agents.js`. */
  readonly agents?: string;
  readonly cometbft?: string;
  readonly vault?: string;
}

/** What stands in for an image: a few programs below /usr/local/bin over the machine's own /usr. */
export interface LocalImage {
  readonly repository: string;
  readonly entrypoint: readonly string[];
  /** The user that the image itself declares, for pods that do not. */
  readonly user: number;
  readonly files: readonly LocalFile[];
}

/** A file of the machine shown in the container, or a text written there. */
export type LocalFile = { readonly path: string; readonly source: string } | { readonly path: string; readonly text: string };

const agentsBundle = "/usr/local/lib/chainstead/agents.js";
const agentsCommand = `#!/bin/sh\nexec /usr/local/bin/node ${agentsBundle} "$@"\n`;

/** Removes tag and digest: `ghcr.io/x/y:1@sha256:...` -> `ghcr.io/x/y`. Docker Hub's short names become full ones. */
export function repositoryOf(image: string): string {
  const name = image.split("@")[0] ?? "";
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const [first, ...rest] = repository.split("/");
  const hasRegistry = rest.length > 0 && (first?.includes(".") || first?.includes(":") || first === "localhost");
  if (hasRegistry) return repository;
  return rest.length > 0 ? `docker.io/${repository}` : `docker.io/library/${repository}`;
}

/** The stand-in for an image; undefined when this machine has no program for it, and its containers are simulated. */
export function localImage(image: string, paths: ProgramPaths): LocalImage | undefined {
  const repository = repositoryOf(image);
  const node: LocalFile = { path: "/usr/local/bin/node", source: paths.node };
  switch (repository) {
    case "ghcr.io/chainstead/agents":
      if (!paths.agents) return undefined;
      return {
        repository,
        entrypoint: ["chainstead-agents"],
        user: 65532,
        files: [node, { path: agentsBundle, source: paths.agents }, { path: "/usr/local/bin/chainstead-agents", text: agentsCommand }],
      };
    case "ghcr.io/chainstead/cometbft":
      if (!paths.cometbft) return undefined;
      return { repository, entrypoint: ["cometbft"], user: 65532, files: [{ path: "/usr/local/bin/cometbft", source: paths.cometbft }] };
    case "docker.io/hashicorp/vault":
      if (!paths.vault) return undefined;
      return { repository, entrypoint: ["vault"], user: 100, files: [{ path: "/usr/local/bin/vault", source: paths.vault }] };
    default:
      return undefined;
  }
}
