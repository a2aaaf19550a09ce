/**
 * The program runs without a type check (transpiled only), so that a missing or misspelt field must be found at run time too.
 * Content is not judged here: other rules see only what has the right shape.
 */
import { z } from "zod";
import { finding, type Finding } from "./problem";

const name = z.string().min(1);
const cidr = z.string();
const positive = z.number().positive();

const aws = z.strictObject({
  cloud: z.literal("aws"),
  name,
  account: z.string().regex(/^\d{12}$/, "an AWS account has twelve digits"),
  zones: z.array(z.strictObject({ name, publicSubnet: cidr, privateSubnet: cidr })),
  network: z.strictObject({ vpc: cidr, services: cidr, peers: z.array(cidr) }),
  kubernetesVersion: z.string().regex(/^1\.\d+$/, "a minor version such as 1.35"),
  administrators: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, "a stable word"), z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/, "the ARN of an IAM role")).refine((roles) => Object.keys(roles).length > 0, "without an administrator nobody could reach the cluster"),
  nodes: z.strictObject({ instanceType: name, perZone: z.int().positive(), volumeGiB: z.int().positive() }),
  logDays: z.int().positive(),
  vault: z.strictObject({ address: z.url() }),
});

const local = z.strictObject({
  cloud: z.literal("local"),
  name,
  zones: z.array(z.strictObject({ name, node: name, pods: cidr })),
  network: z.strictObject({ pods: cidr, services: cidr, peers: z.array(cidr) }),
  endpoints: z.strictObject({ kubernetes: z.url(), vault: z.url(), prometheus: z.url(), alertmanager: z.url() }),
});

const environment = z.strictObject({
  name,
  purpose: z.enum(["production", "staging", "lab"]),
  regions: z.tuple([z.discriminatedUnion("cloud", [aws, local]), z.discriminatedUnion("cloud", [aws, local])]),
  witness: z.strictObject({ cloud: z.enum(["aws", "gcp", "ibm", "local"]), region: name, network: cidr }),
  fence: z.strictObject({
    voters: z.array(z.strictObject({ name, domain: name, address: z.url() })),
    lease: z.strictObject({ renewMs: positive, leaseMs: positive, waitMs: positive, raftMultiplier: z.int().min(1).max(10) }),
    roundTripMs: positive,
  }),
  alerting: z.strictObject({
    slack: z.strictObject({ webhookFile: name.optional(), pageChannel: name.optional(), ticketChannel: name.optional() }),
    smtp: z.strictObject({ smarthost: z.string().regex(/^[^:]+:\d+$/, "<host>:<port>"), from: z.email(), to: z.email(), tls: z.boolean(), username: name.optional() }),
  }),
  chains: z.array(
    z.strictObject({
      chain: name,
      network: name,
      settings: z.looseObject({}),
      preferredRegion: name,
      validator: name.optional(),
      acknowledgement: z.string().optional(),
    }),
  ),
});

/** `["regions", 0, "zones"]` as `regions[0].zones`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`), "");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value);
}

export function shapeFindings(declaration: unknown): readonly Finding[] {
  const result = environment.safeParse(declaration);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) =>
        finding(fieldPath([...issue.path, key]), at(declaration, [...issue.path, key]), "There is no such field", "remove it, or correct its name (stacks/types.ts lists the fields)"),
      );
    }
    const value = at(declaration, issue.path);
    const what = value === undefined ? "The field is missing" : `The value is not of the declared type: ${issue.message}`;
    return [finding(fieldPath(issue.path), value, what, "write it as stacks/types.ts describes it")];
  });
}
