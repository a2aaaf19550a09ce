import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../programs";
import { freePorts, getJson, until, type NamedProcesses } from "./processes";

/** Real Consul servers on loopback, tuned like the quorum of a production environment. */
export class ConsulCluster {
  private constructor(
    private readonly processes: NamedProcesses,
    readonly servers: readonly { readonly name: string; readonly http: string; readonly raft: string; readonly args: readonly string[] }[],
  ) {}

  static async start(processes: NamedProcesses, home: string, count: number): Promise<ConsulCluster> {
    const ports = await freePorts(3 * count);
    const port = (server: number, which: number): number => ports[server * 3 + which] as number;
    const joined = Array.from({ length: count }, (_, i) => `127.0.0.1:${port(i, 1)}`);
    const servers = joined.map((_, i) => {
      const name = `consul-${i + 1}`;
      const data = join(home, name);
      mkdirSync(data, { recursive: true });
      const config = {
        node_name: name,
        server: true,
        bootstrap_expect: count,
        data_dir: data,
        bind_addr: "127.0.0.1",
        client_addr: "127.0.0.1",
        retry_join: joined,
        performance: { raft_multiplier: 1 },
        ports: { http: port(i, 0), serf_lan: port(i, 1), server: port(i, 2), serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 },
        log_level: "WARN",
        disable_update_check: true,
        connect: { enabled: false },
        autopilot: { cleanup_dead_servers: false },
      };
      writeFileSync(join(home, `${name}.json`), JSON.stringify(config));
      return { name, http: `http://127.0.0.1:${port(i, 0)}`, raft: `127.0.0.1:${port(i, 2)}`, args: ["agent", `-config-file=${join(home, `${name}.json`)}`] };
    });
    const cluster = new ConsulCluster(processes, servers);
    for (const server of servers) cluster.startServer(server.name);
    await until("the Consul servers elect a leader", 20, async () => (await cluster.leader()) !== undefined);
    return cluster;
  }

  get addresses(): readonly string[] {
    return this.servers.map((server) => server.http);
  }

  startServer(name: string): void {
    const server = this.servers.find((s) => s.name === name);
    if (server) this.processes.start(name, program("consul"), server.args);
  }

  /** Name of the leader, as any server tells it. */
  async leader(): Promise<string | undefined> {
    for (const server of this.servers) {
      const raft = await getJson<string>(`${server.http}/v1/status/leader`).catch(() => "");
      const found = this.servers.find((s) => s.raft === raft);
      if (found) return found.name;
    }
    return undefined;
  }
}
