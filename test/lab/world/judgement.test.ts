import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { block, commit, head } from "../../../lab/world/chain";
import { evidence, signing, voteOf } from "../../../lab/world/judgement";
import { setPower } from "../../../lab/world/validator";

/** A node that answers as CometBFT 1.0.1 does, over a made-up chain of twelve blocks. */
class FakeNode {
  readonly head = 12;
  readonly sent: string[] = [];
  power = 0;
  readonly missed = new Set([5, 6]);
  readonly nil = new Set([8]);
  readonly evidenceAt = new Map([[9, [{ type: "tendermint/DuplicateVoteEvidence", value: { vote_a: {} } }]]]);
  readonly cache = new Set<string>();
  #server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        const { method, params } = JSON.parse(body) as { method: string; params: Record<string, string> };
        response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...this.answer(method, params) }));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  private answer(method: string, params: Record<string, string>): { result?: unknown; error?: unknown } {
    const height = Number(params["height"] ?? this.head);
    if (height > this.head) return { error: { code: -32603, message: "Internal error", data: `height ${height} must be less than or equal to the current blockchain height ${this.head}` } };
    switch (method) {
      case "status":
        return { result: { node_info: { network: "chainstead-local-1" }, sync_info: { latest_block_height: String(this.head), latest_block_time: "2026-11-01T00:00:00Z", catching_up: false } } };
      case "validators": {
        const ours = params["height"] === undefined ? this.power : height >= 3 ? 10 : 0;
        return { result: { validators: [validator("OURS", ours), validator("W1", 10)].filter((v) => v.voting_power !== "0") } };
      }
      case "commit": {
        const flag = this.missed.has(height) ? 1 : this.nil.has(height) ? 3 : 2;
        const signatures = [...(height >= 3 ? [{ block_id_flag: flag, validator_address: flag === 1 ? "" : "OURS" }] : []), { block_id_flag: 2, validator_address: "W1" }];
        return { result: { canonical: height < this.head, signed_header: { commit: { height: String(height), round: height === 6 ? 1 : 0, signatures } } } };
      }
      case "block":
        return { result: { block: { header: { height: String(height), time: "t" }, evidence: { evidence: this.evidenceAt.get(height) ?? null } } } };
      case "broadcast_tx_sync": {
        const text = Buffer.from(params["tx"] ?? "", "base64").toString();
        if (this.cache.has(text)) return { error: { code: -32603, message: "Internal error", data: "tx already exists in cache" } };
        this.cache.add(text);
        this.sent.push(text);
        this.power = Number(text.split("!")[2]);
        return { result: { code: 0, hash: "H" } };
      }
      default:
        return { error: { code: -32601, message: "Method not found" } };
    }
  }
}

function validator(address: string, power: number): { address: string; voting_power: string; pub_key: { type: string; value: string } } {
  return { address, voting_power: String(power), pub_key: { type: "tendermint/PubKeyEd25519", value: address === "OURS" ? key : Buffer.alloc(32, 1).toString("base64") } };
}

const key = Buffer.alloc(32, 7).toString("base64");
const node = new FakeNode();
let nodes: string[] = [];
beforeAll(async () => void (nodes = ["http://127.0.0.1:1", await node.start()]));
afterAll(() => node.stop());

test("a node that does not answer is passed over; when none does, each is named", async () => {
  expect((await head(nodes)).height).toBe(12);
  await expect(head(["http://127.0.0.1:1"])).rejects.toThrow(/http:\/\/127\.0\.0\.1:1/);
});

test("missed heights are those without our precommit, from the height at which we joined", async () => {
  expect(await signing("OURS", 1, 11, nodes)).toEqual({ from: 1, to: 11, expected: 9, missed: [5, 6], nil: [8], extraRounds: [6] });
});

test("the commit of the head is not final and not judged", async () => {
  await expect(commit(12, nodes)).rejects.toThrow(/not final before block 13/);
  await expect(signing("OURS", 10, 12, nodes)).rejects.toThrow(/height 12/);
});

test("an absent vote has no address: the place in the set tells whose it is", () => {
  const set = [{ address: "OURS", publicKey: "", power: 10 }, { address: "W1", publicKey: "", power: 10 }];
  const at = { height: 5, round: 0, votes: [{ address: "", vote: "absent" as const }, { address: "W1", vote: "commit" as const }] };
  expect(voteOf("OURS", set, at)).toBe("absent");
  expect(voteOf("OTHER", set, at)).toBeUndefined();
});

test("evidence is found in whichever block carries it", async () => {
  expect(await evidence(1, 8, nodes)).toEqual([]);
  expect(await evidence(1, 12, nodes)).toEqual([{ height: 9, type: "tendermint/DuplicateVoteEvidence", value: { vote_a: {} } }]);
  expect((await block(1, nodes)).evidence).toEqual([]);
});

test("a power that was set before is set again by other bytes of the same meaning", async () => {
  await setPower(key, 10, nodes);
  node.power = 40;
  await setPower(key, 10, nodes);
  expect(node.sent).toEqual([`val=ed25519!${key}!10`, `val=ed25519!${key}!010`]);
});

test("a set that does not change in time is an error that names the power it has", async () => {
  node.cache.clear();
  const stubborn = new FakeNode();
  Object.defineProperty(stubborn, "power", { get: () => 10, set: () => undefined });
  const address = await stubborn.start();
  await expect(setPower(key, 40, [address], 300)).rejects.toThrow(/still has power 10 and not 40/);
  stubborn.stop();
});
