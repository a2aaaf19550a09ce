import { createHash } from "node:crypto";

/** An image as workloads refer to it. Everything that ages stands in this file and nowhere else. */
export interface ImagePin {
  /** `<registry>/<name>:<tag>@sha256:<digest>`; the digest decides, the tag is for people. */
  readonly reference: string;
  /** The digest is a placeholder: nobody has built or fetched this image for us yet. See `simulated`. */
  readonly simulatedDigest: boolean;
  /** Why this version, and what holds it back. */
  readonly why: string;
}

/**
 * Stands for an image that no registry has been asked for: its digest is SHA-256 of `<name>:<tag>`. A real cluster
 * refuses to pull it, which is what should happen until the image pipeline has put the true digest here. The local
 * environment never pulls: it runs the programs of the same versions as processes.
 */
function simulated(name: string, tag: string, why: string): ImagePin {
  return { reference: `${name}:${tag}@sha256:${createHash("sha256").update(`${name}:${tag}`).digest("hex")}`, simulatedDigest: true, why };
}

/** By the word that a chain's definition uses in `Process.image`, and those that every gated pod has. */
export const images = {
  cometbft: simulated("ghcr.io/chainstead/cometbft", "v1.0.1", "The version on which gate and follow mode were measured."),
  agents: simulated("ghcr.io/chainstead/agents", "0.1.0", "This repository's own agents; goes with the commit that is deployed."),
  gaiad: simulated("ghcr.io/chainstead/gaiad", "v27.6.0", "Recommended for cosmoshub-4 by cosmos/chain-registry on 2026-08-21; a major version is a consensus upgrade at a governance height, never a routine update."),
  dummy: simulated("ghcr.io/chainstead/dummy", "v0.1.0", "The made-up chain."),
  vault: simulated("docker.io/hashicorp/vault", "1.21.1", "The version that the local environment runs: what is proven is what is deployed."),
} as const satisfies Record<string, ImagePin>;

export type ImageName = keyof typeof images;

/** The reference of an image, or an error that names the unknown word. */
export function imageReference(name: string): string {
  if (!Object.hasOwn(images, name)) {
    throw new Error(`components/versions.ts has no image '${name}'; known are ${Object.keys(images).join(", ")}: add it there, by digest`);
  }
  return images[name as ImageName].reference;
}
