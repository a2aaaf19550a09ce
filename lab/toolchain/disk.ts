import { mkdir, stat, statfs } from "node:fs/promises";

export interface Need {
  readonly folder: string;
  readonly bytes: number;
  readonly what: string;
}

export function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** Needs of one file system add up. @returns one line for each that has too little, empty when all have enough */
export async function missingSpace(needs: readonly Need[]): Promise<string[]> {
  const byDevice = new Map<number, { bytes: number; free: number; parts: string[] }>();
  for (const need of needs) {
    await mkdir(need.folder, { recursive: true });
    const [{ dev }, { bavail, bsize }] = await Promise.all([stat(need.folder), statfs(need.folder)]);
    const sum = byDevice.get(dev) ?? { bytes: 0, free: bavail * bsize, parts: [] };
    sum.bytes += need.bytes;
    sum.parts.push(`${need.what} in ${need.folder}`);
    byDevice.set(dev, sum);
  }
  return [...byDevice.values()].filter((sum) => sum.bytes > sum.free).map((sum) => `needs ${gibibytes(sum.bytes)} of disk and has ${gibibytes(sum.free)} (${sum.parts.join(", ")})`);
}
