import type { AnalyzeDiagnostic } from "@pulumi/pulumi/proto/analyzer_pb";
import { EnforcementLevel } from "@pulumi/pulumi/proto/analyzer_pb";

import type { Finding } from "../findings";
import { isPropertyList, isPropertyMap, redacted, Secret, type PropertyValue } from "../values";

export type { Finding };

/** Where a diagnostic came from: the stack, and the resource for those that do not name one. */
export interface Origin {
  readonly stack: string;
  readonly urn?: string;
}

export function findingOf(diagnostic: AnalyzeDiagnostic, origin: Origin, secrets: readonly string[]): Finding {
  const level = diagnostic.getEnforcementlevel();
  return {
    policy: diagnostic.getPolicyname(),
    // `remediate` that still reports was not remediated, so it counts as mandatory.
    level: level === EnforcementLevel.MANDATORY || level === EnforcementLevel.REMEDIATE ? "mandatory" : "advisory",
    stack: origin.stack,
    urn: diagnostic.getUrn() || origin.urn,
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
