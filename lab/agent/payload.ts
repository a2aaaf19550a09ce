import { ContainerConfigError, fieldValue, type PodFacts } from "./env";
import type { ClusterView, ConfigMap, DownwardItem, KeyToPath, Pod, ProjectionSource, Secret, Volume } from "./kube-types";

/** A file of a generated volume. */
export interface PayloadFile {
  readonly data: Buffer;
  /** Permission bits as declared; the pod's fsGroup adds to them. */
  readonly mode: number;
  /** A service-account token: only the pod's own user may read it. */
  readonly token?: true;
}

export type Payload = Map<string, PayloadFile>;

/** A token that a projected volume asks for. */
export interface TokenRequest {
  readonly audience?: string;
  readonly expirationSeconds: number;
}

const defaultMode = 0o644;
/** The API's own default, and the least it accepts is 600 s. */
export const defaultTokenSeconds = 3600;

/** Is the volume made of files that the agent writes? */
export function isGenerated(volume: Volume): boolean {
  return Boolean(volume.configMap ?? volume.secret ?? volume.projected ?? volume.downwardAPI);
}

/**
 * The files of a generated volume.
 * @param token gives the token for a request; the caller has fetched all of them before
 * @throws ContainerConfigError when something referred to is missing and not optional
 */
export function payloadOf(volume: Volume, pod: Pod, facts: PodFacts, view: ClusterView, token: (request: TokenRequest) => string): Payload {
  const files: Payload = new Map();
  const put = (source: ProjectionSource, mode: number): void => {
    for (const [path, file] of project(source, mode, pod, facts, view, token)) files.set(path, file);
  };
  if (volume.configMap) put({ configMap: volume.configMap }, volume.configMap.defaultMode ?? defaultMode);
  if (volume.secret) put({ secret: { ...volume.secret, name: volume.secret.secretName } }, volume.secret.defaultMode ?? defaultMode);
  if (volume.downwardAPI) put({ downwardAPI: volume.downwardAPI }, volume.downwardAPI.defaultMode ?? defaultMode);
  for (const source of volume.projected?.sources ?? []) put(source, volume.projected?.defaultMode ?? defaultMode);
  return files;
}

/** Every token that the pod's volumes ask for. */
export function tokenRequests(pod: Pod): TokenRequest[] {
  const sources = (pod.spec.volumes ?? []).flatMap((v) => v.projected?.sources ?? []);
  return sources.flatMap((s) => (s.serviceAccountToken ? [requestOf(s.serviceAccountToken)] : []));
}

function requestOf(source: NonNullable<ProjectionSource["serviceAccountToken"]>): TokenRequest {
  return { expirationSeconds: source.expirationSeconds ?? defaultTokenSeconds, ...(source.audience ? { audience: source.audience } : {}) };
}

function project(source: ProjectionSource, mode: number, pod: Pod, facts: PodFacts, view: ClusterView, token: (request: TokenRequest) => string): [string, PayloadFile][] {
  const namespace = pod.metadata.namespace ?? "";
  if (source.configMap) {
    const found = view.configMap(namespace, source.configMap.name);
    if (!found && !source.configMap.optional) throw new ContainerConfigError(`ConfigMap "${namespace}/${source.configMap.name}" not found`);
    return select(configMapData(found), source.configMap.items, mode, `ConfigMap "${namespace}/${source.configMap.name}"`, source.configMap.optional);
  }
  if (source.secret) {
    const found = view.secret(namespace, source.secret.name);
    if (!found && !source.secret.optional) throw new ContainerConfigError(`Secret "${namespace}/${source.secret.name}" not found`);
    return select(secretData(found), source.secret.items, mode, `Secret "${namespace}/${source.secret.name}"`, source.secret.optional);
  }
  if (source.downwardAPI) return (source.downwardAPI.items ?? []).map((item) => [checked(item.path), { data: Buffer.from(downward(item, pod, facts)), mode: item.mode ?? mode }]);
  if (source.serviceAccountToken) return [[checked(source.serviceAccountToken.path), { data: Buffer.from(token(requestOf(source.serviceAccountToken))), mode, token: true }]];
  throw new ContainerConfigError("a projected volume holds a source that is not supported in the local environment (configMap, secret, downwardAPI and serviceAccountToken are)");
}

function downward(item: DownwardItem, pod: Pod, facts: PodFacts): string {
  if (!item.fieldRef) throw new ContainerConfigError(`downwardAPI item "${item.path}": only fieldRef is supported in the local environment`);
  return fieldValue(pod, facts, item.fieldRef.fieldPath);
}

function configMapData(map: ConfigMap | undefined): Map<string, Buffer> {
  const text = Object.entries(map?.data ?? {}).map(([k, v]) => [k, Buffer.from(v)] as const);
  const binary = Object.entries(map?.binaryData ?? {}).map(([k, v]) => [k, Buffer.from(v, "base64")] as const);
  return new Map([...text, ...binary]);
}

function secretData(secret: Secret | undefined): Map<string, Buffer> {
  return new Map(Object.entries(secret?.data ?? {}).map(([k, v]) => [k, Buffer.from(v, "base64")]));
}

function select(data: Map<string, Buffer>, items: readonly KeyToPath[] | undefined, mode: number, what: string, optional = false): [string, PayloadFile][] {
  if (!items) return [...data].map(([key, value]) => [checked(key), { data: value, mode }]);
  return items.flatMap((item): [string, PayloadFile][] => {
    const value = data.get(item.key);
    if (value === undefined && !optional) throw new ContainerConfigError(`${what} has no key "${item.key}", which a volume needs`);
    return value === undefined ? [] : [[checked(item.path), { data: value, mode: item.mode ?? mode }]];
  });
}

function checked(path: string): string {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || parts.some((part) => part === ".." || part === "" || part === ".") || path.startsWith("..")) {
    throw new ContainerConfigError(`path "${path}" in a volume must be relative and must not hold or begin with ".."`);
  }
  return path;
}
