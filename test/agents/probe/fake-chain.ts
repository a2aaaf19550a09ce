import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Answers captured from CometBFT v1.0.1: a network of four in which the fourth signed, was absent and signed twice. */
export function wire(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(__dirname, "wire", `${name}.json`), "utf8")) as Record<string, unknown>;
}

/** The captured network's fourth validator. */
export const ours = "FF539F79F544F4D80339F02FBC047308B1BB3D54";

export type BlockKind = "signed" | "absent" | "evidence";

/** CometBFT's RPC with the captured answers, moved to other heights. */
export class FakeChain {
  height = 0;
  catchingUp = false;
  inSet = true;
  private readonly kinds = new Map<number, BlockKind>();
  private server: Server | undefined;
  address = "";
  asked: string[] = [];

  async start(): Promise<this> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://fake");
      this.asked.push(`${url.pathname}${url.search}`);
      const [code, body] = this.answer(url);
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((ready) => this.server?.listen(0, "127.0.0.1", ready));
    this.address = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((closed) => this.server?.close(closed));
  }

  /** The next block; its commit is for the height before. */
  add(kind: BlockKind, times = 1): void {
    for (let i = 0; i < times; i++) {
      this.kinds.set(++this.height, kind);
    }
  }

  private answer(url: URL): [number, unknown] {
    const height = Number(url.searchParams.get("height"));
    switch (url.pathname) {
      case "/status":
        return [200, edit(wire("status"), (result) => Object.assign(result.sync_info as object, { latest_block_height: String(this.height), latest_block_time: new Date(Date.now() - 1000).toISOString(), catching_up: this.catchingUp }))];
      case "/block":
        return height > this.height ? [500, wire("err")] : [200, this.block(height)];
      case "/validators":
        return [200, this.inSet ? wire("validators") : edit(wire("validators"), (result) => Object.assign(result, { validators: (result.validators as { address: string }[]).filter((v) => v.address !== ours), count: "3", total: "3" }))];
      default:
        return [404, {}];
    }
  }

  private block(height: number): unknown {
    return edit(wire(`block-${this.kinds.get(height) ?? "signed"}`), (result) => {
      const block = result.block as { header: { height: string }; last_commit: { height: string } };
      block.header.height = String(height);
      block.last_commit.height = String(height - 1);
    });
  }
}

function edit(answer: Record<string, unknown>, change: (result: Record<string, unknown>) => void): unknown {
  change(answer.result as Record<string, unknown>);
  return answer;
}
