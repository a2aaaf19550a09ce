import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cometbftConfigToml } from "../../../chains/cometbft/config";
import { keyPairOf, validatorKeyFile } from "../../../chains/cometbft/keys";
import { validatorTransaction, worldCommand, worldGenesis, worldInitialState, worldNodeId, worldPeers, worldValidatorFiles } from "../../../chains/cometbft/world";
import type { ConfigFile } from "../../../chains/definition";
import { serverProgram } from "../../support/server-program";

/**
 * The real CometBFT v1.0.1: three outside validators and a fourth node on loopback. It shows that our files are
 * accepted and that a validator joins by transaction; it does not show a remote signer, which is the gate's own test.
 */
const program = serverProgram("cometbft");
const base = 30000 + (process.pid % 500) * 20;
const p2p = (i: number): string => `127.0.0.1:${base + i * 3}`;
const rpc = (i: number): string => `127.0.0.1:${base + i * 3 + 1}`;
const metrics = (i: number): string => `127.0.0.1:${base + i * 3 + 2}`;

interface Validators {
  readonly validators: readonly { readonly address: string; readonly voting_power: string }[];
}
interface Commit {
  readonly signed_header: { readonly commit: { readonly signatures: readonly { readonly block_id_flag: number; readonly validator_address: string }[] } };
}

describe("the world's CometBFT network", () => {
  const folder = mkdtempSync(join(tmpdir(), "chainstead-world-"));
  const running: ChildProcess[] = [];
  const logs: string[] = [];
  const ours = keyPairOf("chainstead test only: a fourth validator");

  function start(i: number, files: readonly ConfigFile[]): void {
    const home = join(folder, String(i));
    for (const file of files) {
      mkdirSync(dirname(join(home, file.path)), { recursive: true });
      writeFileSync(join(home, file.path), file.content, { mode: 0o600 });
    }
    const child = spawn(program, worldCommand(home), { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => logs.push(`${i}: ${chunk.toString()}`));
    }
    running.push(child);
  }

  beforeAll(() => {
    const peers = worldPeers([0, 1, 2].map(p2p));
    for (const i of [0, 1, 2]) {
      const options = { p2pAddress: p2p(i), rpcAddress: rpc(i), metricsAddress: metrics(i), externalAddress: p2p(i), persistentPeers: peers.filter((_peer, other) => other !== i), duplicateAddresses: true };
      start(i, [...worldValidatorFiles("local-fast", i, options), worldInitialState]);
    }
    const config = cometbftConfigToml({
      moniker: "ours",
      proxyApp: "persistent_kvstore",
      p2pAddress: p2p(3),
      rpcAddress: rpc(3),
      metricsAddress: metrics(3),
      persistentPeers: peers,
      strictAddressBook: false,
      duplicateAddresses: true,
      readOnlyConfig: true,
      commitTimeoutMs: 1000,
    });
    start(3, [
      { path: "config/config.toml", format: "toml", content: config },
      { path: "config/genesis.json", format: "json", content: worldGenesis("local-fast") },
      { path: "data/priv_validator_key.json", format: "json", content: validatorKeyFile(ours) },
      worldInitialState,
    ]);
  });

  afterAll(async () => {
    await Promise.all(running.map((child) => new Promise((done) => (child.exitCode !== null ? done(0) : (child.once("exit", done), child.kill("SIGKILL"))))));
    rmSync(folder, { recursive: true, force: true });
  });

  async function call<T>(i: number, path: string): Promise<T> {
    const response = await fetch(`http://${rpc(i)}${path}`);
    return ((await response.json()) as { result: T }).result;
  }

  async function until(what: string, seconds: number, done: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await done().catch(() => false))) {
      if (Date.now() > deadline) {
        throw new Error(`not within ${seconds} s: ${what}\n${logs.join("").slice(-3000)}`);
      }
      await new Promise((next) => setTimeout(next, 250));
    }
  }

  const powerOf = async (address: string): Promise<string | undefined> => (await call<Validators>(0, "/validators")).validators.find((v) => v.address === address)?.voting_power;

  it("starts, takes a fourth validator with power 10 and then 40, and shows its signature in commits", async () => {
    await until("height 2 on the fourth node", 60, async () => Number((await call<{ sync_info: { latest_block_height: string } }>(3, "/status")).sync_info.latest_block_height) >= 2);
    expect((await call<{ node_info: { id: string } }>(0, "/status")).node_info.id).toBe(worldNodeId(0));
    for (const power of [10, 40]) {
      const tx = encodeURIComponent(`"${validatorTransaction(ours.publicKey.toString("base64"), power)}"`);
      await call(0, `/broadcast_tx_sync?tx=${tx}`);
      await until(`power ${power}`, 30, async () => (await powerOf(ours.address)) === String(power));
    }
    await until("a commit signed by us", 30, async () => {
      const commit = await call<Commit>(1, "/commit");
      return commit.signed_header.commit.signatures.some((s) => s.validator_address === ours.address && s.block_id_flag === 2);
    });
  }, 150_000);
});
