import type { AnalyzeDiagnostic } from "@pulumi/pulumi/proto/analyzer_pb";
import { EnforcementLevel } from "@pulumi/pulumi/proto/analyzer_pb";

import { isPropertyList, isPropertyMap, redacted, Secret, type PropertyValue } from "../values";

/** One violation, ready to be shown. */
export interface Finding {
  readonly policy: string;
  readonly pack: string;
  readonly level: "advisory" | "mandatory";
  readonly urn: string;
  readonly message: string;
  readonly description: string;
}

export function findingOf(diagnostic: AnalyzeDiagnostic, urn: string, secrets: readonly string[]): Finding {
  const level = diagnostic.getEnforcementlevel();
  return {
    policy: diagnostic.getPolicyname(),
    pack: diagnostic.getPolicypackname(),
    // `remediate` that still reports was not remediated, so it counts as mandatory.
    level: level === EnforcementLevel.MANDATORY || level === EnforcementLevel.REMEDIATE ? "mandatory" : "advisory",
    urn: diagnostic.getUrn() || urn,
    message: redact(diagnostic.getMessage(), secrets),
    description: diagnostic.getDescription(),
  };
}

/** Every plain text of at least four characters inside a secret. Shorter ones would redact half of any message. */
export function secretTexts(value: PropertyValue, inside = false): string[] {
  if (value instanceof Secret) return secretTexts(value.reveal(), true);
  if (isPropertyList(value)) return value.flatMap((item) => secretTexts(item, inside));
  if (isPropertyMap(value)) return Object.values(value).flatMap((item) => secretTexts(item, inside));
  return inside && typeof value === "string" && value.length >= 4 ? [value] : [];
}

function redact(message: string, secrets: readonly string[]): string {
  // Longest first, so that a secret which contains another is not left half visible.
  return [...secrets].sort((x, y) => y.length - x.length).reduce((text, secret) => text.split(secret).join(redacted), message);
}
