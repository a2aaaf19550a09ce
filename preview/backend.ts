import type { PropertyMap, PropertyValue } from "./values";

/**
 * How the program is run.
 * - `preview`: outputs are unknown, as in a real preview; used for differences.
 * - `synth`: outputs are made up but deterministic, so that every `apply` body runs; used by tests and policies.
 * - `apply`: real providers create what is registered.
 */
export type Mode = "preview" | "synth" | "apply";

/** Durations as the program wrote them ("30m"); absent ones are the provider's default. */
export interface CustomTimeouts {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly read?: string;
}

/** What the program said when it declared a resource; the shape of a `RegisterResourceRequest` after transforms, with URNs computed. */
export interface RegisteredResource {
  readonly urn: string;
  /** Type token, e.g. `kubernetes:core/v1:ConfigMap`, `pulumi:pulumi:Stack`, `pulumi:providers:kubernetes`. */
  readonly type: string;
  readonly name: string;
  /** False for components and for the stack itself: nothing to create. */
  readonly custom: boolean;
  /** True for a component whose children the provider's program builds: only the shell is visible here. */
  readonly remote: boolean;
  /** URN; absent only for the stack. */
  readonly parent?: string;
  /** Secrets, unknowns, assets and references are wrappers (values.ts); output values are already flattened. */
  readonly inputs: PropertyMap;
  /** URNs this resource needs: explicit `dependsOn` and everything its inputs come from, without parent and provider. */
  readonly dependencies: readonly string[];
  /** Which of them each top-level property comes from. */
  readonly propertyDependencies: { readonly [property: string]: readonly string[] };
  /** `urn::id` of the provider; absent for components and for providers themselves. */
  readonly provider?: string;
  /** Components: package name -> provider reference handed down. */
  readonly providers: { readonly [pkg: string]: string };
  readonly version?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Undefined: the provider decides. */
  readonly deleteBeforeReplace?: boolean;
  /** URNs this resource may have had before; the parent's aliases are already multiplied in. */
  readonly aliases: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly importId?: string;
  readonly customTimeouts: CustomTimeouts;
  /** Absolute path, line and column (both from 1) of the declaration, if the SDK sent it. */
  readonly sourcePosition?: SourcePosition;
  /** URN of the resource whose deletion deletes this one too. */
  readonly deletedWith?: string;
}

export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `.get(...)` of an existing resource. StackReferences do not come here: see `Backend.stackReference`. */
export interface ReadResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly parent?: string;
  readonly inputs: PropertyMap;
  readonly dependencies: readonly string[];
  readonly provider?: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly sourcePosition?: SourcePosition;
}

export interface Created {
  /** Undefined only in preview mode: the SDK then makes it unknown. Components: "". */
  readonly id: string | undefined;
  /**
   * Outputs; what is missing becomes unknown in a preview and undefined otherwise (except properties that are also inputs: the SDK
   * falls back to those). Inputs need not be repeated; the monitor does not merge them in, so repeat those the provider changed.
   */
  readonly outputs: PropertyMap;
}

export interface StackOutputs {
  readonly outputs: PropertyMap;
}

/**
 * What stands behind the monitor. The SDK holds back each registration until what it depends on is resolved, so `create` comes in a valid
 * order and up to `parallel` at once; nothing else has to be scheduled. A thrown error fails that registration: the program reports it and
 * exits non-zero, and `finished` is not called.
 */
export interface Backend {
  readonly mode: Mode;
  /** Once, before the program starts. */
  begin?(context: { readonly project: string; readonly stack: string; readonly organization: string }): Promise<void>;
  /** Called for every registration: the stack, components, providers and resources alike (see `custom`). */
  create(resource: RegisteredResource): Promise<Created>;
  read(resource: ReadResource): Promise<Created>;
  /** Answers a provider function. Throws for a token it cannot answer; `callSite` is "file:line:column" or undefined. */
  invoke(token: string, args: PropertyMap, callSite: string | undefined, provider: string | undefined): Promise<PropertyMap>;
  /** Answers a method of a resource. Without it a call is refused. */
  call?(token: string, args: PropertyMap, callSite: string | undefined): Promise<PropertyMap>;
  /** Outputs of a component, or of the stack. May hold secrets. */
  outputs(urn: string, outputs: PropertyMap): Promise<void>;
  /** Another stack's outputs, by the name the program used. Throws when it is not known. */
  stackReference(name: string, callSite: string | undefined): Promise<StackOutputs>;
  /** The program succeeded and will declare nothing more: delete what is no longer declared. The program waits for it. */
  finished(): Promise<void>;
  /** Instead of `finished`, after the program failed or was interrupted: delete nothing, keep what was done. */
  failed?(reason: string): Promise<void>;
}

/** A problem that a backend reports with the property it concerns. */
export class BackendError extends Error {
  constructor(
    message: string,
    readonly property?: string,
  ) {
    super(message);
    this.name = "BackendError";
  }
}

export type { PropertyMap, PropertyValue };
