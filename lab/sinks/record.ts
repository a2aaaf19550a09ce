import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Appends one line of JSON; the moment of arrival comes first. Written at once, so that a drill may read it at once. */
export function record(file: string, entry: Readonly<Record<string, unknown>>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`, { mode: 0o600 });
}
