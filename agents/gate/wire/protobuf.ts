/**
 * Just enough of protobuf for the remote-signer protocol and its sign bytes. Written by hand on purpose: sign bytes
 * are canonical (zero scalars are left out, some empty messages are not), and a general library's choices differ.
 * Encoding: https://protobuf.dev/programming-guides/encoding/
 */

const mask64 = (1n << 64n) - 1n;

/** Unsigned base-128; negative numbers as their 64-bit two's complement, as protobuf's int32 and int64 are. */
export function varint(value: bigint | number): Buffer {
  let rest = BigInt(value) & mask64;
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const tag = (field: number, wireType: number): Buffer => varint((field << 3) | wireType);

/** Collects fields in ascending order; the caller decides what is emitted when empty. */
export class Writer {
  private readonly parts: Buffer[] = [];

  /** int32, int64, enum or bool; zero is left out. */
  int(field: number, value: bigint | number): this {
    if (BigInt(value) !== 0n) this.parts.push(tag(field, 0), varint(value));
    return this;
  }

  /** sfixed64; zero is left out. */
  fixed64(field: number, value: bigint | number): this {
    if (BigInt(value) !== 0n) {
      const eight = Buffer.alloc(8);
      eight.writeBigInt64LE(BigInt(value));
      this.parts.push(tag(field, 1), eight);
    }
    return this;
  }

  /** bytes or string; empty is left out. */
  bytes(field: number, value: Uint8Array | string): this {
    const data = Buffer.from(value);
    return data.length === 0 ? this : this.message(field, data);
  }

  /** An embedded message, emitted even when it is empty. */
  message(field: number, encoded: Uint8Array): this {
    this.parts.push(tag(field, 2), varint(encoded.length), Buffer.from(encoded));
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export function lengthDelimited(message: Buffer): Buffer {
  return Buffer.concat([varint(message.length), message]);
}

export class MalformedMessage extends Error {
  constructor(what: string) {
    super(`malformed protobuf message: ${what}`);
  }
}

/** Reads a varint at `offset`; undefined when the buffer ends inside it. */
export function readVarint(buffer: Uint8Array, offset: number): { value: bigint; next: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = buffer[offset + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if ((byte & 0x80) === 0) return { value: value & mask64, next: offset + i + 1 };
  }
  throw new MalformedMessage("a varint is longer than ten bytes");
}

/** The last value of each field. Repeated fields do not occur in the protocol. */
export class Fields {
  private readonly values = new Map<number, bigint | Buffer>();

  constructor(buffer: Buffer) {
    let offset = 0;
    while (offset < buffer.length) {
      const key = need(readVarint(buffer, offset));
      const field = Number(key.value >> 3n);
      const wireType = Number(key.value & 7n);
      offset = key.next;
      if (wireType === 0) {
        const number = need(readVarint(buffer, offset));
        this.values.set(field, number.value);
        offset = number.next;
      } else if (wireType === 2) {
        const length = need(readVarint(buffer, offset));
        const end = length.next + Number(length.value);
        if (end > buffer.length) throw new MalformedMessage(`field ${field} ends after its message`);
        this.values.set(field, buffer.subarray(length.next, end));
        offset = end;
      } else if (wireType === 1 || wireType === 5) {
        offset += wireType === 1 ? 8 : 4;
        if (offset > buffer.length) throw new MalformedMessage(`field ${field} ends after its message`);
      } else {
        throw new MalformedMessage(`field ${field} has wire type ${wireType}`);
      }
    }
  }

  /** A signed 64-bit number that a JavaScript number holds exactly. */
  int(field: number): number {
    const value = this.values.get(field);
    if (typeof value !== "bigint") return 0;
    const signed = Number(BigInt.asIntN(64, value));
    if (!Number.isSafeInteger(signed)) throw new MalformedMessage(`field ${field} is out of range`);
    return signed;
  }

  bytes(field: number): Buffer {
    const value = this.values.get(field);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  has(field: number): boolean {
    return this.values.has(field);
  }

  message(field: number): Fields {
    return new Fields(this.bytes(field));
  }

  /** Field numbers in the order they came. */
  numbers(): readonly number[] {
    return [...this.values.keys()];
  }
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new MalformedMessage("it ends in the middle of a field");
  return value;
}
