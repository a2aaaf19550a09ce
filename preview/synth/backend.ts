import type { Created, ReadResource, RegisteredResource } from "../backend";
import type { Fixtures } from "../fixtures";
import { OfflineBackend } from "../offline-backend";
import { isProviderType, parseProviderReference } from "../urn";
import { isPropertyMap, type PropertyMap, type PropertyValue } from "../values";
import { DeclaredOutputs } from "./declared-outputs";
import { digest, fillIn, madeUpId, uuid, type Subject } from "./made-up";

/** Where a resource whose provider names no region is taken to be. */
const defaultRegion = "us-east-1";

/**
 * Answers each registration with outputs of the right shape: what the program gave, and a made-up value for each property that the
 * installed SDK promises. A pure function of URN, inputs and region, so that two runs give the same graph.
 */
export class SynthBackend extends OfflineBackend {
  readonly mode = "synth";
  readonly #declared: DeclaredOutputs;
  readonly #regions = new Map<string, string>();

  constructor(fixtures: Fixtures, root: string) {
    super(fixtures);
    this.#declared = new DeclaredOutputs(root);
  }

  create(resource: RegisteredResource): Promise<Created> {
    if (isProviderType(resource.type) && typeof resource.inputs.region === "string") this.#regions.set(resource.urn, resource.inputs.region);
    if (!resource.custom) return Promise.resolve({ id: "", outputs: resource.inputs });
    const subject = this.#subject(resource);
    return Promise.resolve({ id: madeUpId(subject), outputs: this.#outputs(subject) });
  }

  read(resource: ReadResource): Promise<Created> {
    return Promise.resolve({ id: resource.id, outputs: this.#outputs(this.#subject(resource)) });
  }

  #outputs(subject: Subject): PropertyMap {
    if (isProviderType(subject.type)) return subject.inputs;
    if (subject.type.startsWith("kubernetes:")) return kubernetesOutputs(subject);
    return fillIn(subject, subject.inputs, this.#declared.of(subject.type));
  }

  #subject(resource: RegisteredResource | ReadResource): Subject {
    const provider = resource.provider && parseProviderReference(resource.provider).urn;
    const region = typeof resource.inputs.region === "string" ? resource.inputs.region : ((provider && this.#regions.get(provider)) ?? defaultRegion);
    return { type: resource.type, name: resource.name, urn: resource.urn, region, inputs: resource.inputs };
  }
}

/** What the API server adds to every object, and the addresses a Service gets. */
function kubernetesOutputs(subject: Subject): PropertyMap {
  const { inputs, type, urn } = subject;
  if (type.startsWith("kubernetes:helm.sh/")) return { ...inputs, status: { status: "deployed", name: String(inputs.name ?? subject.name), namespace: String(inputs.namespace ?? "default") } };
  const given = isPropertyMap(inputs.metadata) ? inputs.metadata : {};
  const metadata: PropertyMap = { ...given, name: given.name ?? `${subject.name}-${digest(urn, 8)}`, uid: uuid(urn), generation: 1, resourceVersion: "1" };
  return { ...inputs, metadata, ...(type === "kubernetes:core/v1:Service" ? serviceOutputs(subject) : {}) };
}

function serviceOutputs({ inputs, urn, region }: Subject): { readonly [key: string]: PropertyValue } {
  const spec = isPropertyMap(inputs.spec) ? inputs.spec : {};
  const address = (start: number): number => parseInt(digest(urn, 8).slice(start, start + 2), 16);
  const ingress = spec.type === "LoadBalancer" ? [{ hostname: `${digest(urn, 32)}.elb.${region}.amazonaws.com` }] : [];
  return {
    spec: { ...spec, clusterIP: spec.clusterIP ?? `10.100.${address(0)}.${address(2)}` },
    status: { loadBalancer: { ingress } },
  };
}
