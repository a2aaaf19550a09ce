/** IPv4 CIDR arithmetic on plain numbers: an address is 0 .. 2^32 - 1. */
import type { Cidr } from "./types";

export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Undefined when the text is not a network: four octets, a prefix of 0 to 32, and no bits set after the prefix. */
export function parseCidr(text: unknown): Range | undefined {
  const match = typeof text === "string" ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text) : null;
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

export function formatCidr(first: number, prefix: number): Cidr {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
}

export function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

export function contains(outer: Range, inner: Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/**
 * The `index`-th network of length `prefix` inside `network`.
 * @throws RangeError when `network` is no network or has no such part.
 */
export function subnet(network: Cidr, prefix: number, index: number): Cidr {
  const range = parseCidr(network);
  if (!range) throw new RangeError(`"${network}" is not an IPv4 network; write it like 10.20.0.0/16`);
  const count = 2 ** (prefix - range.prefix);
  if (!Number.isInteger(prefix) || prefix > 32 || count < 1 || !Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${network} has no /${prefix} number ${index}; it has ${count >= 1 ? Math.floor(count) : 0} of them`);
  }
  return formatCidr(range.first + index * 2 ** (32 - prefix), prefix);
}
