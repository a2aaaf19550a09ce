import { decodeProposal, decodeVote, emptyProposal, emptyVote, encodeProposal, encodeVote, type Proposal, type Vote } from "./consensus";
import { Fields, lengthDelimited, readVarint, MalformedMessage, Writer } from "./protobuf";

/**
 * The remote-signer messages of CometBFT: `cometbft/privval/v1/types.proto`, and `tendermint/privval/types.proto` of v0.38.
 * One answer serves both: the public key is sent in the old and in the new fields, and each side skips what it does not know.
 */
export type Request =
  | { readonly kind: "pubkey"; readonly chainId: string }
  | { readonly kind: "vote"; readonly chainId: string; readonly vote: Vote; readonly skipExtension: boolean }
  | { readonly kind: "proposal"; readonly chainId: string; readonly proposal: Proposal }
  | { readonly kind: "ping" }
  | { readonly kind: "bytes" };

export type Response =
  | { readonly kind: "pubkey"; readonly publicKey: Buffer }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "ping" }
  | { readonly kind: "error"; readonly to: "pubkey" | "vote" | "proposal" | "bytes"; readonly code: number; readonly description: string };

const number = { pubkey: 1, vote: 3, proposal: 5, ping: 7, bytes: 9 } as const;

/** Requests are small; the node itself refuses answers above 10 KiB, but extensions may make a request larger. */
export const maxRequestBytes = 1 << 20;

export function decodeRequest(frame: Buffer): Request {
  const envelope = new Fields(frame);
  const field = envelope.numbers()[0];
  if (field === undefined) throw new MalformedMessage("the envelope is empty");
  const body = envelope.message(field);
  switch (field) {
    case number.pubkey:
      return { kind: "pubkey", chainId: body.bytes(1).toString() };
    case number.vote:
      return { kind: "vote", chainId: body.bytes(2).toString(), vote: decodeVote(body.message(1)), skipExtension: body.int(3) !== 0 };
    case number.proposal:
      return { kind: "proposal", chainId: body.bytes(2).toString(), proposal: decodeProposal(body.message(1)) };
    case number.ping:
      return { kind: "ping" };
    case number.bytes:
      return { kind: "bytes" };
    default:
      throw new MalformedMessage(`request number ${field} is unknown`);
  }
}

/** A whole frame: length, envelope, answer. */
export function encodeResponse(response: Response): Buffer {
  const to = response.kind === "error" ? response.to : response.kind;
  return lengthDelimited(new Writer().message(number[to] + 1, body(response)).finish());
}

function body(response: Response): Buffer {
  switch (response.kind) {
    case "ping":
      return Buffer.alloc(0);
    case "pubkey": {
      const old = new Writer().bytes(1, response.publicKey).finish();
      return new Writer().message(1, old).bytes(3, response.publicKey).bytes(4, "ed25519").finish();
    }
    case "vote":
      // The extension is not sent back: the node has it, uses only its signature, and drops answers above 10 KiB.
      return new Writer().message(1, encodeVote({ ...response.vote, extension: Buffer.alloc(0) })).finish();
    case "proposal":
      return new Writer().message(1, encodeProposal(response.proposal)).finish();
    case "error":
      return errorBody(response.to, new Writer().int(1, response.code).bytes(2, response.description).finish());
  }
}

function errorBody(to: "pubkey" | "vote" | "proposal" | "bytes", error: Buffer): Buffer {
  const out = new Writer();
  if (to === "vote") out.message(1, encodeVote(emptyVote));
  if (to === "proposal") out.message(1, encodeProposal(emptyProposal));
  return out.message(2, error).finish();
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  private rest = Buffer.alloc(0);

  /** @throws MalformedMessage when a length is absurd; the connection cannot be used any further. */
  push(chunk: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const length = readVarint(this.rest, 0);
      if (length === undefined) return frames;
      if (length.value > BigInt(maxRequestBytes)) throw new MalformedMessage(`a frame of ${length.value} bytes`);
      const end = length.next + Number(length.value);
      if (this.rest.length < end) return frames;
      frames.push(this.rest.subarray(length.next, end));
      this.rest = this.rest.subarray(end);
    }
  }
}
