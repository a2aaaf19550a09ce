import * as consul from "@pulumi/consul";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Declaration } from "./declaration";

/** Declares what its configuration lists, so that a test can change "the program" between two applies. */
const config = new pulumi.Config();
const declarations = config.requireObject<Declaration[]>("declare");
const providers = {
  kubernetes: config.get("kubeconfig") ? new kubernetes.Provider("cluster", { kubeconfig: config.requireSecret("kubeconfig") }) : undefined,
  consul: config.get("consul") ? new consul.Provider("consul", { address: config.require("consul") }) : undefined,
  vault: config.get("vault") ? new vault.Provider("vault", { address: config.require("vault"), token: config.requireSecret("vaultToken"), skipChildToken: true }) : undefined,
};

class Group extends pulumi.ComponentResource {
  constructor(name: string) {
    super("apply:test:Group", name);
    this.registerOutputs({});
  }
}

type Constructor = (new (name: string, args: object, options: pulumi.CustomResourceOptions) => pulumi.CustomResource) & {
  get(name: string, id: string, options: pulumi.CustomResourceOptions): pulumi.CustomResource;
};
const constructors: Readonly<Record<string, Constructor>> = {
  Namespace: kubernetes.core.v1.Namespace as unknown as Constructor,
  ConfigMap: kubernetes.core.v1.ConfigMap as unknown as Constructor,
  Secret: kubernetes.core.v1.Secret as unknown as Constructor,
  Service: kubernetes.core.v1.Service as unknown as Constructor,
  Deployment: kubernetes.apps.v1.Deployment as unknown as Constructor,
  StatefulSet: kubernetes.apps.v1.StatefulSet as unknown as Constructor,
  Job: kubernetes.batch.v1.Job as unknown as Constructor,
  CustomResourceDefinition: kubernetes.apiextensions.v1.CustomResourceDefinition as unknown as Constructor,
  CustomResource: kubernetes.apiextensions.CustomResource as unknown as Constructor,
  Release: kubernetes.helm.v3.Release as unknown as Constructor,
  Keys: consul.Keys as unknown as Constructor,
  KeyPrefix: consul.KeyPrefix as unknown as Constructor,
  Mount: vault.Mount as unknown as Constructor,
  AuthBackend: vault.AuthBackend as unknown as Constructor,
  AuthBackendConfig: vault.kubernetes.AuthBackendConfig as unknown as Constructor,
  AuthBackendRole: vault.kubernetes.AuthBackendRole as unknown as Constructor,
  Policy: vault.Policy as unknown as Constructor,
  SecretV2: vault.kv.SecretV2 as unknown as Constructor,
};
const servers: Readonly<Record<string, keyof typeof providers>> = {
  Keys: "consul",
  KeyPrefix: "consul",
  Mount: "vault",
  AuthBackend: "vault",
  AuthBackendConfig: "vault",
  AuthBackendRole: "vault",
  Policy: "vault",
  SecretV2: "vault",
};

const made = new Map<string, pulumi.Resource>();
for (const { kind, name, args, needs, secret, get, defaultProvider, ...options } of declarations) {
  const provider = defaultProvider ? undefined : providers[servers[kind] ?? "kubernetes"];
  const dependsOn = (needs ?? []).map((other) => made.get(other)).filter((resource): resource is pulumi.Resource => resource !== undefined);
  const parent = options.parent ? made.get(options.parent) : undefined;
  const Class = constructors[kind];
  if (kind === "Group") made.set(name, new Group(name));
  else if (!Class) throw new Error(`the test program knows no ${kind}`);
  else if (get) made.set(name, Class.get(name, get, { provider, dependsOn }));
  else made.set(name, new Class(name, secret ? pulumi.secret(args ?? {}) as unknown as object : (args ?? {}), { ...options, parent, dependsOn, provider }));
}
if (config.getBoolean("fail")) throw new Error("the program failed, as it was told to");

/** Only the server knows these. */
export const namespaceLabels = [...made.values()].find((resource): resource is kubernetes.core.v1.Namespace => resource instanceof kubernetes.core.v1.Namespace)?.metadata.labels;
export const names = declarations.map((declaration) => declaration.name);
export const password = config.getSecret("password");
