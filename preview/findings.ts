/** What a policy has to say about a stack or one of its resources. */
export interface Finding {
  /** The policy's name, e.g. `image-by-digest`. */
  readonly policy: string;
  /** A mandatory finding makes the preview fail. */
  readonly level: "advisory" | "mandatory" | "remediate" | "disabled";
  /** Already redacted. */
  readonly message: string;
  /** The policy's own explanation. */
  readonly description?: string;
  readonly stack: string;
  /** Absent when it concerns the stack as a whole. */
  readonly urn?: string;
}

export const isMandatory = (finding: Finding): boolean => finding.level === "mandatory";
