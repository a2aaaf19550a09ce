import { createHash } from "node:crypto";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../values";
import type { OutputType } from "./declared-outputs";

/** Where and for what a value is made up; the same subject always gets the same values. */
export interface Subject {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly region: string;
  readonly inputs: PropertyMap;
}

/** AWS's own example account: it belongs to nobody. */
const account = "123456789012";
/** 2024-01-01, a fixed time: a made-up value never depends on the clock. */
const timestamp = "2024-01-01T00:00:00Z";
/** Deeper than this, an optional-looking structure is left empty; the deepest in use (EKS identities) is three. */
const deepest = 4;

/** What AWS puts before the id of a type. */
const idPrefixes: { readonly [type: string]: string } = {
  "aws:ec2/vpc:Vpc": "vpc",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/natGateway:NatGateway": "nat",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/eip:Eip": "eipalloc",
  "aws:ec2/instance:Instance": "i",
  "aws:ec2/launchTemplate:LaunchTemplate": "lt",
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "pcx",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
  "aws:ebs/volume:Volume": "vol",
  "aws:efs/fileSystem:FileSystem": "fs",
  "aws:efs/accessPoint:AccessPoint": "fsap",
  "aws:route53/zone:Zone": "Z",
  "aws:kms/key:Key": "",
};

/** Types whose provider uses the name as id. */
const namedById = new Set(["aws:iam/role:Role", "aws:eks/cluster:Cluster", "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "vault:index/mount:Mount", "vault:index/policy:Policy"]);

export const digest = (text: string, length: number): string => createHash("sha256").update(text).digest("hex").slice(0, length);

/** An id as the provider would give it in shape. */
export function madeUpId(subject: Subject): string {
  const { type, urn, inputs } = subject;
  if (type.startsWith("kubernetes:")) return kubernetesId(subject);
  if (type.startsWith("pulumi:providers:") || type === "aws:kms/key:Key") return uuid(urn);
  if (namedById.has(type)) return textOr(inputs.name ?? inputs.bucket ?? inputs.path, `${subject.name}-${digest(urn, 7)}`);
  const prefix = idPrefixes[type];
  if (prefix === "Z") return `Z${digest(urn, 19).toUpperCase()}`;
  return prefix ? `${prefix}-${digest(urn, 17)}` : `${subject.name}-${digest(urn, 7)}`;
}

/** A value of the declared type, its text chosen by the property's name. `undefined` when none can be made up. */
export function madeUpValue(subject: Subject, property: string, type: OutputType, path = property, depth = 0): PropertyValue | undefined {
  switch (type.kind) {
    case "string":
      return madeUpText(subject, property, path);
    case "literal":
      return type.value;
    case "number":
      return property.toLowerCase().includes("port") ? 443 : 1;
    case "boolean":
      return false;
    case "map":
      return property === "tagsAll" && isPropertyMap(subject.inputs.tags) ? subject.inputs.tags : {};
    case "list": {
      if (depth >= deepest) return [];
      // Two, so that code written for one zone or one address only is seen to be wrong.
      const count = type.item.kind === "object" ? 1 : 2;
      return Array.from({ length: count }, (_, index) => madeUpValue(subject, property.replace(/s$/, ""), type.item, `${path}[${index}]`, depth + 1)).filter((value) => value !== undefined);
    }
    case "object":
      return depth >= deepest ? {} : fillIn(subject, {}, type.fields(), path, depth + 1);
    case "other":
      return undefined;
  }
}

/** Adds the declared properties that are not there yet, inside given objects too. */
export function fillIn(subject: Subject, given: PropertyMap, declared: ReadonlyMap<string, OutputType>, path = "", depth = 0): PropertyMap {
  const filled: Record<string, PropertyValue> = { ...given };
  for (const [property, type] of declared) {
    const value = given[property];
    const here = path ? `${path}.${property}` : property;
    if (value === undefined) {
      const made = madeUpValue(subject, property, type, here, depth);
      if (made !== undefined) filled[property] = made;
    } else if (type.kind === "object" && isPropertyMap(value) && depth < deepest) {
      filled[property] = fillIn(subject, value, type.fields(), here, depth + 1);
    }
  }
  return filled;
}

function madeUpText(subject: Subject, property: string, path: string): string {
  const seed = `${subject.urn}#${path}`;
  const word = property.toLowerCase();
  const [, module = ""] = subject.type.split(":");
  const service = module.split("/")[0] ?? "";
  if (word === "arn" || word.endsWith("arn")) return `arn:aws:${service}:${service === "iam" ? "" : subject.region}:${account}:${kebab(subject.type)}/${subject.name}-${digest(subject.urn, 7)}`;
  if (word === "region") return subject.region;
  if (word === "name") return `${subject.name}-${digest(subject.urn, 7)}`;
  if (word === "endpoint" && service === "eks") return `https://${digest(subject.urn, 32).toUpperCase()}.gr7.${subject.region}.eks.amazonaws.com`;
  if (word === "issuer") return `https://oidc.eks.${subject.region}.amazonaws.com/id/${digest(subject.urn, 32).toUpperCase()}`;
  if (word.endsWith("accountid") || word.endsWith("ownerid")) return account;
  if (word === "data" && path.startsWith("certificate")) return Buffer.from(`-----BEGIN CERTIFICATE-----\n${digest(seed, 64)}\n-----END CERTIFICATE-----\n`).toString("base64");
  if (word.includes("cidr")) return `10.${byte(seed, 0)}.0.0/16`;
  if (word.endsWith("ip") || word.endsWith("ipaddress")) return `10.${byte(seed, 0)}.${byte(seed, 1)}.${byte(seed, 2)}`;
  if (word.endsWith("url")) return `https://${digest(seed, 12)}.example.net`;
  if (["endpoint", "address", "hostname", "dnsname", "fqdn", "nameserver"].some((end) => word.endsWith(end))) return `${kebabName(subject.name)}.${digest(seed, 12)}.${subject.region}.example.net`;
  if (word.endsWith("at") || word.endsWith("date") || word.endsWith("time")) return timestamp;
  if (word === "status" || word === "state") return "ACTIVE";
  if (word.endsWith("zone")) return `${subject.region}a`;
  if (word.endsWith("version")) return "1";
  if (word.endsWith("securitygroupid")) return `sg-${digest(seed, 17)}`;
  if (word === "vpcid") return `vpc-${digest(seed, 17)}`;
  return `${kebab(property)}-${digest(seed, 12)}`;
}

/** `namespace/name`, or the name alone for what lies in no namespace. */
function kubernetesId({ inputs, name, urn }: Subject): string {
  const metadata = isPropertyMap(inputs.metadata) ? inputs.metadata : {};
  const own = textOr(metadata.name, `${name}-${digest(urn, 8)}`);
  return typeof metadata.namespace === "string" ? `${metadata.namespace}/${own}` : own;
}

export function uuid(seed: string): string {
  const hex = digest(seed, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

const byte = (seed: string, index: number): number => parseInt(digest(seed, 8).slice(index * 2, index * 2 + 2), 16);
const textOr = (value: PropertyValue | undefined, otherwise: string): string => (typeof value === "string" && value !== "" ? value : otherwise);
const kebab = (text: string): string => (text.split(":").pop() ?? text).replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
const kebabName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
