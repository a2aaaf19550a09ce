import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { consulServers, ports } from "../layout";
import type { ServiceSpec } from "../supervisor/service";
import type { ServerContext, ServerGroup } from "./context";
import { dataFolder } from "./context";
import { writePrivateFile } from "./private-file";

/** One stretched datacenter: the lease must never cross a WAN federation, which has no common Raft log. */
export const consulDatacenter = "chainstead";

/**
 * The five fence servers, 2 + 2 + 1. They listen on plain HTTP inside the lab and know no access-control lists.
 *
 * @param raftMultiplier Consul's `raft_multiplier`; 1 where round trips stay below 100 ms
 */
export function consulQuorum(context: ServerContext, raftMultiplier = 1): ServerGroup {
  return { services: consulServers.map((server) => consulServer(context, server, raftMultiplier)) };
}

function consulServer(context: ServerContext, server: (typeof consulServers)[number], raftMultiplier: number): ServiceSpec {
  const data = dataFolder(context, server.name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const config = join(context.state, "config", `${server.name}.json`);
  writePrivateFile(config, JSON.stringify(consulConfig(server, data, raftMultiplier), undefined, 2));
  return {
    name: server.name,
    site: server.site,
    argv: [context.program("consul"), "agent", `-config-file=${config}`],
    env: { GOMAXPROCS: "2" },
    // Answers only when there is a leader: a server without one is no use to a gate.
    ready: { http: `http://${server.address}:${ports.consulHttp}/v1/kv/?keys&separator=/`, accept: [404] },
    readySeconds: 60,
    // SIGTERM makes a server leave for good, SIGINT would too; the configuration below turns both into a plain stop.
    stop: { signal: "SIGTERM", seconds: 10 },
  };
}

/** @see https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file */
export function consulConfig(server: { readonly name: string; readonly address: string }, data: string, raftMultiplier: number): Record<string, unknown> {
  return {
    node_name: server.name,
    datacenter: consulDatacenter,
    server: true,
    bootstrap_expect: consulServers.length,
    retry_join: consulServers.map((s) => s.address).filter((address) => address !== server.address),
    retry_interval: "1s",
    data_dir: data,
    bind_addr: server.address,
    client_addr: server.address,
    ports: { http: ports.consulHttp, grpc: -1, grpc_tls: -1, dns: -1 },
    performance: { raft_multiplier: raftMultiplier },
    // Pruning a dead server changes the quorum while a region is lost, and takes its registrations with it.
    autopilot: { cleanup_dead_servers: false },
    // A stopped server stays a voter: a restart must not change the quorum.
    leave_on_terminate: false,
    skip_leave_on_interrupt: true,
    // A lost region may stay away longer than the default 72 h without being forgotten.
    reconnect_timeout: "720h",
    connect: { enabled: false },
    ui_config: { enabled: false },
    disable_update_check: true,
    telemetry: { disable_hostname: true },
    log_level: "WARN",
    // One machine carries all servers and their clients; the default of 200 connections per address is a limit for the Internet.
    limits: { http_max_conns_per_client: 2000 },
  };
}
