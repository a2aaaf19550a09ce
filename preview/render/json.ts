import type { Approximation } from "../approximations";
import type { Diagnostic } from "../diagnostics";
import type { Difference, ResourceDifference } from "../diff";
import type { Evaluation } from "../evaluate";
import type { Finding } from "../findings";
import type { Evaluated } from "../registry";
import type { SnapshotResource } from "../snapshot";
import { parseUrn } from "../urn";
import { mapValue, redacted, Secret, type PropertyMap } from "../values";
import { toJsonMap } from "../wire/struct";

type JsonMap = ReturnType<typeof toJsonMap>;

/** A resource as `pulumi preview --json` and states write it (apitype.ResourceV3), secrets as "[secret]". */
export interface ResourceState {
  readonly urn: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly type: string;
  readonly inputs: JsonMap;
  readonly outputs?: JsonMap;
  readonly parent?: string;
  readonly protect?: true;
  readonly external?: true;
  readonly dependencies?: readonly string[];
  readonly provider?: string;
  readonly propertyDependencies?: { readonly [property: string]: readonly string[] };
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly string[];
  readonly retainOnDelete?: true;
  readonly deletedWith?: string;
  readonly sourcePosition?: string;
}

export interface Step {
  readonly op: "create" | "update" | "delete" | "same" | "read";
  readonly urn: string;
  readonly provider?: string;
  readonly oldState?: ResourceState;
  readonly newState?: ResourceState;
  readonly diffReasons?: readonly string[];
  readonly replaceReasons?: readonly string[];
  readonly detailedDiff: { readonly [path: string]: { readonly kind: string; readonly inputDiff: boolean } } | null;
}

/** The shape of `pulumi preview --json` (display.PreviewDigest), with three sections of our own at the end. */
export interface PreviewDigest {
  readonly config: { readonly [key: string]: string };
  readonly steps: readonly Step[];
  readonly diagnostics: readonly { readonly urn?: string; readonly message: string; readonly severity: string }[];
  /** Nanoseconds, as Go writes durations. */
  readonly duration: number;
  readonly changeSummary: { readonly [op: string]: number };
  readonly approximations: readonly Approximation[];
  readonly policy: readonly Finding[];
  readonly evaluation: { readonly stack: string; readonly mode: string; readonly exitCode: number; readonly cpuSeconds: number; readonly against?: string };
}

/** Without a difference every resource is a `create`, as in the first preview of a stack. */
export function renderDigest(evaluation: Evaluation, difference?: Difference, findings: readonly Finding[] = []): PreviewDigest {
  const entries = new Map(evaluation.resources.map((entry) => [entry.resource.urn, entry]));
  const steps = difference
    ? difference.resources.map((item) => step(item, entries.get(item.urn)))
    : evaluation.resources.map((entry): Step => ({ op: entry.external ? "read" : "create", urn: entry.resource.urn, ...provider(entry.resource.provider), newState: stateOf(entry, evaluation.root), detailedDiff: null }));
  const changeSummary: Record<string, number> = {};
  for (const { op } of steps) changeSummary[op] = (changeSummary[op] ?? 0) + 1;
  const secretKeys = new Set(evaluation.config.secretKeys);
  return {
    config: Object.fromEntries(Object.entries(evaluation.config.values).map(([key, value]) => [key, secretKeys.has(key) ? redacted : value])),
    steps,
    diagnostics: evaluation.logs.filter(({ severity }) => severity !== "debug").map(diagnostic),
    duration: Math.round(evaluation.seconds * 1e9),
    changeSummary,
    approximations: evaluation.approximations,
    policy: findings,
    evaluation: { stack: evaluation.stack, mode: evaluation.mode, exitCode: evaluation.exitCode, cpuSeconds: evaluation.cpuSeconds, ...(difference ? { against: difference.against } : {}) },
  };

  function step(item: ResourceDifference, entry: Evaluated | undefined): Step {
    const detailed = Object.fromEntries(item.changes.map(({ path, kind }) => [path, { kind: item.replace === "declared" ? `${kind}-replace` : kind, inputDiff: true }]));
    const reasons = [...new Set(item.changes.map(({ path }) => path.split(/[.[]/)[0] ?? path))];
    return {
      op: item.operation,
      urn: item.urn,
      ...provider(entry?.resource.provider ?? item.before?.provider),
      ...(item.before ? { oldState: snapshotState(item.before) } : {}),
      ...(entry ? { newState: stateOf(entry, evaluation.root) } : {}),
      ...(reasons.length > 0 ? { diffReasons: reasons } : {}),
      ...(item.replace === "declared" ? { replaceReasons: reasons } : {}),
      detailedDiff: item.changes.length > 0 ? detailed : null,
    };
  }
}

function stateOf({ resource, id, outputs, external }: Evaluated, root: string): ResourceState {
  const { sourcePosition } = resource;
  return {
    ...snapshotState({ ...resource, external }),
    ...(id ? { id } : {}),
    outputs: printable(outputs),
    ...(resource.additionalSecretOutputs.length > 0 ? { additionalSecretOutputs: resource.additionalSecretOutputs } : {}),
    ...(resource.deletedWith ? { deletedWith: resource.deletedWith } : {}),
    // As the engine writes it: relative to the project, so that it is the same on every machine.
    ...(sourcePosition ? { sourcePosition: `project://${sourcePosition.file.startsWith(root) ? sourcePosition.file.slice(root.length) : sourcePosition.file}#${sourcePosition.line},${sourcePosition.column}` } : {}),
  };
}

function snapshotState(resource: SnapshotResource): ResourceState {
  return {
    urn: resource.urn,
    custom: resource.custom,
    type: parseUrn(resource.urn).type,
    inputs: printable(resource.inputs),
    ...(resource.parent ? { parent: resource.parent } : {}),
    ...(resource.protect ? { protect: true } : {}),
    ...(resource.external ? { external: true } : {}),
    ...(resource.dependencies.length > 0 ? { dependencies: resource.dependencies } : {}),
    ...(resource.provider ? { provider: resource.provider } : {}),
    ...(Object.keys(resource.propertyDependencies).length > 0 ? { propertyDependencies: resource.propertyDependencies } : {}),
    ...(resource.aliases.length > 0 ? { aliases: resource.aliases } : {}),
    ...(resource.retainOnDelete ? { retainOnDelete: true } : {}),
  };
}

/** Wire JSON without any secret's content. */
function printable(map: PropertyMap): JsonMap {
  return toJsonMap(Object.fromEntries(Object.entries(map).map(([key, value]) => [key, mapValue(value, (item) => (item instanceof Secret ? redacted : item))])));
}

const diagnostic = ({ severity, message, urn }: Diagnostic): PreviewDigest["diagnostics"][number] => ({ ...(urn ? { urn } : {}), message, severity });
const provider = (reference: string | undefined): { readonly provider?: string } => (reference ? { provider: reference } : {});
