import type { Mode } from "./backend";
import type { StackConfig } from "./config";
import { describePosition } from "./diagnostics";
import type { Evaluated } from "./registry";
import { isProviderType, parseProviderReference } from "./urn";

/** One thing this evaluation cannot know, and how far that reaches. */
export interface Approximation {
  readonly kind: "defaults" | "replacement" | "invisible-apply" | "made-up" | "opaque-component" | "default-provider" | "config" | "package" | "read";
  readonly message: string;
  /** Resources, settings or packages it concerns; empty when it concerns everything. */
  readonly concerns: readonly string[];
}

export interface ApproximationSource {
  readonly mode: Mode;
  readonly resources: readonly Evaluated[];
  readonly config: StackConfig;
  readonly packages: readonly string[];
  readonly root: string;
}

/** Lists what the evaluation could not know, most far-reaching first. Apply mode asks real servers, so most of it falls away there. */
export function approximations(source: ApproximationSource): readonly Approximation[] {
  const { mode, resources, config } = source;
  const list: Approximation[] = [];
  const say = (kind: Approximation["kind"], message: string, concerns: readonly string[] = []): void => void list.push({ kind, message, concerns });
  const custom = resources.filter(({ resource, external }) => resource.custom && !external && !isProviderType(resource.type));

  if (mode !== "apply") {
    say("defaults", "No provider checked the inputs: automatic names, provider defaults and validation beyond what the SDK itself refuses are missing.");
    say("replacement", "Whether a changed property updates or replaces a resource is known to providers only; differences say \"replace unknown\".");
  }
  if (mode === "preview") say("invisible-apply", "Outputs are unknown, so what the program declares inside apply() on them is not seen, as in a real preview. Mode synth runs those bodies.");
  if (mode === "synth") say("made-up", "Ids and outputs are made up: right in shape, the same each time, and real nowhere.");

  const opaque = resources.filter(({ resource }) => resource.remote);
  if (opaque.length > 0) {
    say(
      "opaque-component",
      "Opaque: these components build their children in a provider's program, which does not run here. What is inside them is not part of this result.",
      opaque.map(({ resource }) => `${resource.urn} (${describePosition(resource.sourcePosition, source.root)})`),
    );
  }
  const defaults = custom.filter(({ resource }) => resource.provider && /^default(_|$)/.test(parseProviderReference(resource.provider).urn.split("::").pop() ?? ""));
  if (defaults.length > 0) say("default-provider", "These use a default provider, whose settings come from the environment of whoever deploys.", defaults.map(({ resource }) => resource.urn));
  const external = resources.filter(({ resource, external }) => external && resource.type !== "pulumi:pulumi:StackReference");
  if (mode !== "apply" && external.length > 0) say("read", "These were read from outside; only what the program already said about them is known.", external.map(({ resource }) => resource.urn));
  if (config.placeholders.length > 0) say("config", "These settings are encrypted; the program saw a placeholder.", config.placeholders);
  if (config.environments.length > 0) say("config", "The stack imports ESC environments, which nobody resolved; give their values with -c.", config.environments);
  if (source.packages.length > 0) say("package", "These packages are parameterized; nothing is known of their types.", source.packages);
  return list;
}
