import fc from "fast-check";
import { contains, formatCidr, overlap, parseCidr, subnet, type Range } from "../../stacks/cidr";
import { awsZones } from "../../stacks/subnets";

const network = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => {
  const size = 2 ** (32 - prefix);
  return formatCidr(Math.floor(address / size) * size, prefix);
});

const range = (text: string): Range => parseCidr(text)!;

test.each([
  ["10.20.0.0/16", { first: 0x0a140000, last: 0x0a14ffff, prefix: 16 }],
  ["0.0.0.0/0", { first: 0, last: 2 ** 32 - 1, prefix: 0 }],
  ["255.255.255.255/32", { first: 2 ** 32 - 1, last: 2 ** 32 - 1, prefix: 32 }],
])("reads %s", (text, expected) => expect(parseCidr(text)).toEqual(expected));

test.each(["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "256.0.0.0/8", "10.0.0.1/24", "10.20.0.0/8", "10.0.0.0/-1", " 10.0.0.0/8", "fd00::/8", undefined, 7])("refuses %p", (text) =>
  expect(parseCidr(text)).toBeUndefined(),
);

test("what is written is what is read", () => {
  fc.assert(fc.property(network, (text) => expect(formatCidr(range(text).first, range(text).prefix)).toBe(text)));
});

test("two networks overlap exactly when one contains the other", () => {
  fc.assert(
    fc.property(network, network, (x, y) => {
      const [one, other] = [range(x), range(y)];
      expect(overlap(one, other)).toBe(contains(one, other) || contains(other, one));
      expect(overlap(one, other)).toBe(overlap(other, one));
    }),
  );
});

test("parts of a network lie inside it, are apart from each other and fill it", () => {
  fc.assert(
    fc.property(network, fc.integer({ min: 0, max: 6 }), (outer, more) => {
      const prefix = Math.min(32, range(outer).prefix + more);
      const count = 2 ** (prefix - range(outer).prefix);
      const parts = Array.from({ length: count }, (_, i) => range(subnet(outer, prefix, i)));
      expect(parts[0]!.first).toBe(range(outer).first);
      expect(parts[count - 1]!.last).toBe(range(outer).last);
      parts.slice(1).forEach((part, i) => expect(part.first).toBe(parts[i]!.last + 1));
    }),
  );
});

test.each([
  ["10.0.0.0/16", 24, 256],
  ["10.0.0.0/16", 24, -1],
  ["10.0.0.0/16", 8, 0],
  ["10.0.0.0/16", 33, 0],
  ["10.0.0.0/16", 24, 0.5],
])("%s has no /%d number %d", (outer, prefix, index) => expect(() => subnet(outer, prefix, index)).toThrow(RangeError));

test("a word that is no network is named", () => expect(() => subnet("10.0.0.0", 24, 0)).toThrow('"10.0.0.0" is not an IPv4 network'));

test("zones of an AWS region", () => {
  expect(awsZones("eu-west-1", "10.20.0.0/16")).toEqual([
    { name: "eu-west-1a", privateSubnet: "10.20.0.0/19", publicSubnet: "10.20.128.0/22" },
    { name: "eu-west-1b", privateSubnet: "10.20.32.0/19", publicSubnet: "10.20.132.0/22" },
    { name: "eu-west-1c", privateSubnet: "10.20.64.0/19", publicSubnet: "10.20.136.0/22" },
  ]);
});
