import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceSpec } from "./service";
import { inState } from "./state-folder";

/** What is known of a service on disk: enough to take over its process, or to end it, without the supervisor that started it. */
export interface ServiceRecord {
  readonly spec: ServiceSpec;
  /** Rises with each service; the lab is stopped from the highest to the lowest. */
  readonly order: number;
  readonly pid?: number;
  /** Of the process, to tell it from a later one with the same pid. */
  readonly startTime?: string;
  readonly restarts: number;
  /** ISO 8601: since when it is in its state. */
  readonly since: string;
  readonly lastExit?: string;
}

export function recordFile(stateDir: string, name: string): string {
  return join(inState.services(stateDir), `${name}.json`);
}

/** Written beside and renamed, so that a crash leaves the old text or the new. */
export async function writeRecord(stateDir: string, record: ServiceRecord): Promise<void> {
  const file = recordFile(stateDir, record.spec.name);
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 1), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeRecord(stateDir: string, name: string): Promise<void> {
  await rm(recordFile(stateDir, name), { force: true });
}

/** All records in the order of their start. One that cannot be read is left out: its process is found by its marker. */
export async function readRecords(stateDir: string): Promise<ServiceRecord[]> {
  const names = (await readdir(inState.services(stateDir)).catch(() => [] as string[])).filter((name) => name.endsWith(".json"));
  const records = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(inState.services(stateDir), name), "utf8").catch(() => "");
      try {
        return JSON.parse(text) as ServiceRecord;
      } catch {
        return undefined;
      }
    }),
  );
  return records.filter((record): record is ServiceRecord => record !== undefined).sort((x, y) => x.order - y.order);
}
