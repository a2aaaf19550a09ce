import { consulServers, ports } from "../layout";

export interface QuorumServer {
  readonly name: string;
  readonly site: string;
  readonly answers: boolean;
  readonly leader: boolean;
}

export interface Quorum {
  readonly servers: readonly QuorumServer[];
  /** Servers that answer. */
  readonly answering: number;
  readonly leader?: string;
  /** A majority answers and there is a leader. */
  readonly healthy: boolean;
}

/** Asks every Consul server who leads. Never throws. */
export async function quorum(timeoutMs = 1_000): Promise<Quorum> {
  const asked = await Promise.all(
    consulServers.map(async (server) => {
      try {
        const response = await fetch(`http://${server.address}:${ports.consulHttp}/v1/status/leader`, { signal: AbortSignal.timeout(timeoutMs) });
        return { server, answers: response.ok, leader: response.ok ? ((await response.json()) as string) : "" };
      } catch {
        return { server, answers: false, leader: "" };
      }
    }),
  );
  return judge(asked);
}

export function judge(asked: readonly { readonly server: { readonly name: string; readonly site: string; readonly address: string }; readonly answers: boolean; readonly leader: string }[]): Quorum {
  const answering = asked.filter((a) => a.answers).length;
  // A server that was cut off still names its old leader, so the name that most servers give is the one.
  const votes = new Map<string, number>();
  for (const { leader } of asked) if (leader !== "") votes.set(leader, (votes.get(leader) ?? 0) + 1);
  const majority = Math.floor(asked.length / 2) + 1;
  const address = [...votes].find(([, count]) => count >= majority)?.[0];
  const leader = asked.find(({ server }) => address?.startsWith(`${server.address}:`))?.server.name;
  return {
    servers: asked.map(({ server, answers }) => ({ name: server.name, site: server.site, answers, leader: server.name === leader })),
    answering,
    leader,
    healthy: answering >= majority && leader !== undefined,
  };
}
