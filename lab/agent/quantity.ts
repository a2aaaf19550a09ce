const factors: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of a Kubernetes quantity such as `64Mi`. @throws when it is not one */
export function bytesOf(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity);
  const factor = match ? factors[match[2] as string] : undefined;
  if (!match || factor === undefined) throw new Error(`quantity "${quantity}" cannot be read; use a number with one of ${Object.keys(factors).filter(Boolean).join(", ")}`);
  return Math.ceil(Number(match[1]) * factor);
}
