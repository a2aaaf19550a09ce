import { BackendError } from "../backend";
import { unknownSentinel } from "../wire/struct";
import type { ResourceState } from "./deployment";
import { plainMap } from "./plain";
import { assertSupported, type Factories, packageOf, unsupported } from "./providers/providers";
import type { Provider } from "./providers/provider";
import type { StackState } from "./stack-state";

/** The providers of a run, made when first needed from the inputs of their provider resources. */
export class ProviderSet {
  readonly #made = new Map<string, Provider>();

  constructor(
    private readonly state: StackState,
    private readonly factories: Factories,
  ) {}

  /** The provider that a resource of this type is to use. @throws BackendError with the remedy. */
  for(resource: Pick<ResourceState, "urn" | "type" | "provider">): Provider {
    const { urn, type, provider: reference } = resource;
    const pkg = packageOf(type);
    if (!this.factories[pkg]) throw unsupported(type, urn, Object.keys(this.factories).map((name) => `${name}:*`));
    // What the monitor writes for the package's default provider, which nobody declared.
    if (!reference || reference.endsWith(`::${unknownSentinel}`)) throw new BackendError(`${urn} has no provider. Default providers are not used here: hand an explicit one down (\`provider\` option).`);
    const found = this.#made.get(reference) ?? this.#make(pkg, reference, urn);
    assertSupported(found, type, urn);
    return found;
  }

  #make(pkg: string, reference: string, urn: string): Provider {
    const resource = this.state.provider(reference);
    if (!resource) throw new BackendError(`${urn} needs the provider ${reference}, which is neither declared nor in the state.`);
    const provider = this.factories[pkg]?.(plainMap(resource.inputs, resource.urn));
    if (!provider) throw unsupported(resource.type, urn, Object.keys(this.factories));
    this.#made.set(reference, provider);
    return provider;
  }

  /** Forgets a provider whose inputs have changed. */
  renew(urn: string): void {
    for (const reference of this.#made.keys()) if (reference.startsWith(`${urn}::`)) this.#made.delete(reference);
  }
}
