import { z } from "zod";
import type { FenceDocument } from "./document";

const holder = z.object({ region: z.string().min(1), instance: z.string().min(1) });
const count = z.number().int().min(0);

const record = z.object({
  h: count,
  r: count,
  step: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  contentId: z.string().regex(/^[0-9a-f]{64}$/),
  block: z.string(),
  timestamp: z.object({ s: z.number().int(), n: count }),
  writer: holder,
  epoch: count,
});

const schema = z.object({
  v: z.literal(1),
  lineage: z.string().min(1),
  chain: z.string().min(1),
  address: z.string().min(1),
  epoch: count,
  seq: count,
  leaseSeq: count,
  state: z.enum(["HELD", "RELEASED", "HALTED"]),
  holder: holder.optional(),
  floor: z.object({ h: count }),
  records: z.array(record),
  handover: z.object({ holder, untilHeight: count }).optional(),
  desired: z.object({ region: z.string(), by: z.string(), expires: z.string() }).optional(),
  paused: z.object({ by: z.string(), at: z.string() }).optional(),
  failovers: z.array(z.object({ at: z.string(), from: z.string().optional(), to: z.string(), epoch: count, automatic: z.boolean(), reason: z.string() })),
  reason: z.string(),
});

/** The document is there but cannot be understood: somebody wrote over it. Never treated as "free". */
export class DocumentUnreadable extends Error {
  constructor(problem: string) {
    super(`the fence document cannot be read: ${problem}; nothing is signed until a person has looked at it`);
  }
}

/** @throws DocumentUnreadable */
export function decodeDocument(text: string): FenceDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DocumentUnreadable("it is not JSON");
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new DocumentUnreadable(result.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; "));
  return result.data;
}

export function encodeDocument(doc: FenceDocument): string {
  return JSON.stringify(doc);
}
