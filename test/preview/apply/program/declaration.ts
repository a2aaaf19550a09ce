/** One resource that the test program is to declare. */
export interface Declaration {
  readonly kind: string;
  readonly name: string;
  readonly args?: Record<string, unknown>;
  /** Names of earlier declarations: `dependsOn`. */
  readonly needs?: readonly string[];
  /** Leave the provider to the package's default one. */
  readonly defaultProvider?: boolean;
  /** Id of an object that is only read. */
  readonly get?: string;
  /** All arguments are secret. */
  readonly secret?: boolean;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: string[];
  readonly aliases?: { readonly name: string }[];
  readonly customTimeouts?: { readonly create?: string; readonly update?: string; readonly delete?: string };
}
