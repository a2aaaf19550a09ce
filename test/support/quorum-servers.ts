import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpClient } from "../../preview/apply/providers/http";
import { freePort, Processes, until } from "./processes";
import { serverProgram } from "./server-program";

export interface Server {
  readonly address: string;
  stop(): Promise<void>;
}

export interface VaultServer extends Server {
  readonly rootToken: string;
}

/** One real Consul server on loopback, a datacenter of its own, in memory. */
export async function startConsul(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "chainstead-consul-"));
  const processes = new Processes();
  const http = await freePort();
  const ports = `ports { http = ${http} grpc = -1 grpc_tls = -1 dns = -1 server = ${await freePort()} serf_lan = ${await freePort()} serf_wan = -1 }`;
  writeFileSync(join(folder, "ports.hcl"), ports);
  processes.start(serverProgram("consul"), ["agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", `-config-file=${join(folder, "ports.hcl")}`, "-log-level=warn"], join(folder, "log"));
  const address = `http://127.0.0.1:${http}`;
  return ready(address, "/v1/status/leader", processes, folder, (text) => text.includes(":"));
}

/** One real Vault on loopback, unsealed and in memory, with the given root token. */
export async function startVault(rootToken = "test-root-token"): Promise<VaultServer> {
  const folder = mkdtempSync(join(tmpdir(), "chainstead-vault-"));
  const processes = new Processes();
  const port = await freePort();
  // By environment, not by argument: arguments are visible to every user of the machine.
  processes.start(serverProgram("vault"), ["server", "-dev", "-dev-no-store-token", `-dev-listen-address=127.0.0.1:${port}`], join(folder, "log"), { VAULT_DEV_ROOT_TOKEN_ID: rootToken });
  const server = await ready(`http://127.0.0.1:${port}`, "/v1/sys/health", processes, folder, (text) => text.includes('"sealed":false'));
  return { ...server, rootToken };
}

async function ready(address: string, path: string, processes: Processes, folder: string, good: (text: string) => boolean): Promise<Server> {
  const http = new HttpClient({ address });
  const stop = async (): Promise<void> => {
    http.close();
    await processes.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${address} answers`, async () => {
      const reply = await http.call({ method: "GET", path });
      return reply.status === 200 && good(reply.text) ? true : undefined;
    });
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
