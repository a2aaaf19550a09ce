import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../programs";
import { freePorts, type NamedProcesses } from "./processes";

export interface CometNode {
  readonly name: string;
  readonly home: string;
  readonly rpc: string;
  readonly p2pPort: number;
  readonly nodeId: string;
  /** Set for a node whose signer is remote. */
  readonly socket?: string;
}

export interface CometNetwork {
  readonly chainId: string;
  /** Validators 1 to 3 sign with their own files, `a` and `b` are two nodes of validator 4. */
  readonly outside: readonly CometNode[];
  readonly a: CometNode;
  readonly b: CometNode;
  /** Text of validator 4's key file. */
  readonly keyFile: string;
  readonly address: string;
}

interface KeyFile {
  readonly address: string;
  readonly pub_key: { readonly type: string; readonly value: string };
}

/** Writes the homes of five kvstore nodes that form one network of four validators. */
export async function createNetwork(home: string, options: { readonly timeoutCommit: string; readonly power?: number }): Promise<CometNetwork> {
  const ports = await freePorts(10);
  const names = ["v1", "v2", "v3", "v4a", "v4b"];
  const nodes = names.map((name, i): CometNode => {
    const dir = join(home, name);
    execFileSync(program("cometbft"), ["init", "--home", dir], { stdio: "ignore" });
    const nodeId = execFileSync(program("cometbft"), ["show-node-id", "--home", dir]).toString().trim();
    const remote = name.startsWith("v4");
    return { name, home: dir, rpc: `http://127.0.0.1:${ports[2 * i]}`, p2pPort: ports[2 * i + 1] as number, nodeId, socket: remote ? join(dir, "privval.sock") : undefined };
  });
  const [v1, v2, v3, a, b] = nodes as [CometNode, CometNode, CometNode, CometNode, CometNode];
  const keyOf = (node: CometNode): KeyFile => JSON.parse(readFileSync(join(node.home, "config/priv_validator_key.json"), "utf8")) as KeyFile;
  const genesis = JSON.parse(readFileSync(join(v1.home, "config/genesis.json"), "utf8")) as Record<string, unknown>;
  const chainId = "gate-test-1";
  const validators = [v1, v2, v3, a].map((node, i) => ({ address: keyOf(node).address, pub_key: keyOf(node).pub_key, power: String(i === 3 ? (options.power ?? 10) : 10), name: node.name }));
  for (const node of nodes) {
    writeFileSync(join(node.home, "config/genesis.json"), JSON.stringify({ ...genesis, chain_id: chainId, validators }));
    const peers = nodes.filter((peer) => peer !== node).map((peer) => `${peer.nodeId}@127.0.0.1:${peer.p2pPort}`);
    configure(node, peers.join(","), options.timeoutCommit);
  }
  const keyFile = readFileSync(join(a.home, "config/priv_validator_key.json"), "utf8");
  mkdirSync(join(home, "key"), { recursive: true });
  writeFileSync(join(home, "key/priv_validator_key.json"), keyFile, { mode: 0o600 });
  return { chainId, outside: [v1, v2, v3], a, b, keyFile: join(home, "key/priv_validator_key.json"), address: keyOf(a).address };
}

export function startNode(processes: NamedProcesses, node: CometNode): void {
  const args = ["node", "--home", node.home, "--proxy_app", "kvstore"];
  processes.start(node.name, program("cometbft"), node.socket === undefined ? args : [...args, "--priv_validator_laddr", `unix://${node.socket}`]);
}

/** Changes single lines of the file that `cometbft init` wrote, section by section. */
function configure(node: CometNode, peers: string, timeoutCommit: string): void {
  const path = join(node.home, "config/config.toml");
  const wanted: Record<string, Record<string, string>> = {
    rpc: { laddr: `"tcp://${node.rpc.slice("http://".length)}"`, pprof_laddr: `""` },
    p2p: { laddr: `"tcp://127.0.0.1:${node.p2pPort}"`, persistent_peers: `"${peers}"`, addr_book_strict: "false", allow_duplicate_ip: "true", pex: "false" },
    consensus: { timeout_commit: `"${timeoutCommit}"` },
  };
  let section = "";
  const lines = readFileSync(path, "utf8").split("\n").map((line) => {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    const key = /^([a-z_]+) *=/.exec(line)?.[1];
    const value = key === undefined ? undefined : wanted[section]?.[key];
    return value === undefined ? line : `${key} = ${value}`;
  });
  writeFileSync(path, lines.join("\n"));
}
