import type { JsonObject } from "../plain";
import { ConsulProvider } from "./consul";
import { KubernetesProvider } from "./kubernetes/kubernetes";
import { type Provider, ProviderError } from "./provider";
import { VaultProvider } from "./vault/vault";

/** Package name -> a provider made from its provider resource's inputs. */
export type Factories = Readonly<Record<string, (inputs: JsonObject) => Provider>>;

/** The packages that local apply brings to a server. */
export const factories: Factories = {
  kubernetes: (inputs) => new KubernetesProvider(inputs),
  consul: (inputs) => new ConsulProvider(inputs),
  vault: (inputs) => new VaultProvider(inputs),
};

/** Inputs of provider resources that are secret in the state file even if the program did not say so. */
export const credentialInputs: readonly string[] = ["kubeconfig", "token", "httpAuth", "headers", "keyPem", "authLogin"];

/** `consul:index/keys:Keys` -> `consul`; `pulumi:providers:consul` -> `consul`. */
export function packageOf(type: string): string {
  const [first = "", module = "", name = ""] = type.split(":");
  return first === "pulumi" && module === "providers" ? name : first;
}

/** @throws ProviderError naming the type, the resource and what is supported. */
export function assertSupported(provider: Provider, type: string, urn: string): void {
  const supported = provider.supports ? provider.supports(type) : provider.types.includes(type);
  if (!supported) throw unsupported(type, urn, provider.types);
}

export function unsupported(type: string, urn: string, types: readonly string[]): ProviderError {
  return new ProviderError(`${type} cannot be applied locally (${urn}). Supported are: ${types.join(", ")}.`, { refused: true });
}
