import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import {
  RegisterPackageResponse,
  RegisterResourceResponse,
  ReadResourceResponse,
  SupportsFeatureResponse,
  type ReadResourceRequest,
  type RegisterPackageRequest,
  type RegisterResourceRequest,
  type ResourceCallRequest,
  type ResourceInvokeRequest,
  type SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { CallResponse, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Backend, PropertyMap, ReadResource, RegisteredResource, SourcePosition } from "./backend";
import { decodePosition, describePosition, type Diagnostics } from "./diagnostics";
import { Limit } from "./limit";
import { providerFor, type ProviderRules } from "./provider-rules";
import { decodeRegistration } from "./registration";
import { Registry } from "./registry";
import { annotateSecrets, secretTexts } from "./secrets";
import { Transforms } from "./transforms";
import { newUrn, stackType } from "./urn";
import { Secret, type PropertyValue } from "./values";
import { flattenOutputs, fromStruct, toStruct } from "./wire/struct";

/** What this monitor can do, by the names SDK 3.248.0 asks for. Error hooks and resource hooks need a real engine. */
const features = new Set(["secrets", "resourceReferences", "outputValues", "deletedWith", "replaceWith", "aliasSpecs", "transforms", "invokeTransforms", "parameterization"]);

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  /** Folder that file names in messages are relative to. */
  readonly root: string;
  readonly backend: Backend;
  readonly diagnostics: Diagnostics;
  readonly providerRules: ProviderRules;
  /** Backend operations at once. */
  readonly parallel: number;
}

/** Pulumi's ResourceMonitor without its engine: knows the rules about URNs, options, secrets and order, and leaves the rest to the backend. */
export class Monitor {
  readonly registry = new Registry();
  readonly #transforms = new Transforms();
  readonly #limit: Limit;
  readonly #packages = new Map<string, string>();
  #stopped = false;
  #finished = false;

  constructor(private readonly options: MonitorOptions) {
    this.#limit = new Limit(options.parallel);
  }

  /** Did the program say that it has declared everything, and was that carried out? */
  get finished(): boolean {
    return this.#finished;
  }

  /** Packages registered with parameters; their schemas are not known here. */
  get packages(): readonly string[] {
    return [...this.#packages.values()];
  }

  supportsFeature(request: SupportsFeatureRequest): SupportsFeatureResponse {
    const response = new SupportsFeatureResponse();
    response.setHassupport(features.has(request.getId()));
    return response;
  }

  addStackTransform(callback: Callback): void {
    this.#transforms.addStack(callback);
  }

  addInvokeTransform(callback: Callback): void {
    this.#transforms.addInvoke(callback);
  }

  async registerResource(request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    const where = describePosition(decodePosition(request.getSourceposition(), request.getStacktrace()), this.options.root);
    return this.#guarded(`${request.getType()} '${request.getName()}' (${where})`, async () => {
      const resource = await this.#decode(request, where);
      this.registry.claim(resource, (position) => describePosition(position, this.options.root));
      if (!resource.custom) this.#transforms.addComponent(resource.urn, resource.parent ?? "", request.getTransformsList());
      this.#protect(resource.inputs);
      const created = resource.custom ? await this.#limit.run(() => this.options.backend.create(resource)) : await this.options.backend.create(resource);
      const outputs = annotateSecrets(created.outputs, resource.inputs, resource.additionalSecretOutputs);
      this.#protect(outputs);
      this.registry.created(resource.urn, created.id, outputs);
      const response = new RegisterResourceResponse();
      response.setUrn(resource.urn).setId(created.id ?? "").setObject(toStruct(outputs));
      return response;
    });
  }

  async registerResourceOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    const flat = flattenOutputs(outputs).map;
    this.#protect(flat);
    this.registry.outputs(urn, flat);
    await this.options.backend.outputs(urn, flat);
  }

  async readResource(request: ReadResourceRequest): Promise<ReadResourceResponse> {
    const position = decodePosition(request.getSourceposition(), request.getStacktrace());
    const where = describePosition(position, this.options.root);
    return this.#guarded(`${request.getType()} '${request.getName()}' (${where})`, async () => {
      const read = this.#decodeRead(request, position, where);
      const isStackReference = read.type === "pulumi:pulumi:StackReference";
      const outputs = isStackReference
        ? await this.#stackReference(read.id, position ? where : undefined)
        : annotateSecrets((await this.#limit.run(() => this.options.backend.read(read))).outputs, read.inputs, read.additionalSecretOutputs);
      this.#protect(outputs);
      this.registry.read(externalResource(read), read.id, outputs);
      const response = new ReadResourceResponse();
      response.setUrn(read.urn).setProperties(toStruct(outputs));
      return response;
    });
  }

  async invoke(request: ResourceInvokeRequest): Promise<InvokeResponse> {
    const where = this.#callSite(request.getSourceposition());
    return this.#guarded(undefined, async () => {
      const transformed = await this.#transforms.invoke(request);
      const args = fromStruct(transformed.args);
      const token = request.getTok();
      const response = new InvokeResponse();
      response.setReturn(toStruct(token === "pulumi:pulumi:getResource" ? this.#getResource(args) : await this.#invokeProvider(token, args, where, transformed.provider)));
      return response;
    });
  }

  async call(request: ResourceCallRequest): Promise<CallResponse> {
    const where = this.#callSite(request.getSourceposition());
    return this.#guarded(undefined, async () => {
      const { backend } = this.options;
      if (!backend.call) {
        throw new Error(`The method ${request.getTok()} (${where ?? "call site unknown"}) is answered by a provider's program, which does not run here. Compute the value in the program or use a function with a declared fixture.`);
      }
      const args = flattenOutputs(fromStruct(request.getArgs())).map;
      const result = await this.#limit.run(async () => backend.call?.(request.getTok(), args, where) ?? {});
      const response = new CallResponse();
      response.setReturn(toStruct(result));
      return response;
    });
  }

  registerPackage(request: RegisterPackageRequest): RegisterPackageResponse {
    const parameters = request.getParameterization();
    const ref = parameters ? `${parameters.getName()}@${parameters.getVersion()}` : `${request.getName()}@${request.getVersion()}`;
    this.#packages.set(ref, parameters?.getName() ?? request.getName());
    const response = new RegisterPackageResponse();
    response.setRef(ref);
    return response;
  }

  /** The program has ended well; the backend may delete. After any error nothing is deleted. */
  async shutdown(): Promise<void> {
    if (this.options.diagnostics.failed || this.#stopped) return;
    try {
      await this.options.backend.finished();
      this.#finished = true;
    } catch (error) {
      this.options.diagnostics.add("error", message(error));
    }
  }

  close(): void {
    this.#stopped = true;
    this.#transforms.close();
  }

  async #decode(request: RegisterResourceRequest, where: string): Promise<RegisteredResource> {
    const hooks = request.getHooks();
    if (hooks) throw new Error(`'${request.getName()}' has hooks, which only the real engine runs. Leave them out or use the Pulumi CLI.`);
    const parent = this.registry.get(request.getParent())?.resource;
    if (request.getParent() && !parent) throw new Error(`'${request.getName()}' names the parent '${request.getParent()}', which is not a resource of this run.`);
    const transformed = await this.#transforms.resource(request);
    const resource = decodeRegistration(this.options, request, transformed, parent);
    const [tokenPackage = "", , typeName] = resource.type.split(":");
    if (resource.custom && (tokenPackage === "" || !typeName)) throw new Error(`'${resource.type}' is no type token of a custom resource (package:module:Type).`);
    const provider = providerFor(this.options.providerRules, resource, parent, where);
    return provider === undefined ? resource : { ...resource, provider };
  }

  #decodeRead(request: ReadResourceRequest, sourcePosition: SourcePosition | undefined, where: string): ReadResource {
    const parentUrn = request.getParent() || undefined;
    const provider = providerFor(
      this.options.providerRules,
      { type: request.getType(), name: request.getName(), custom: true, remote: false, version: request.getVersion(), provider: request.getProvider() || undefined },
      parentUrn === undefined ? undefined : this.registry.get(parentUrn)?.resource,
      where,
    );
    return {
      urn: newUrn(this.options.stack, this.options.project, parentUrn, request.getType(), request.getName()),
      type: request.getType(),
      name: request.getName(),
      id: request.getId(),
      parent: parentUrn,
      inputs: flattenOutputs(fromStruct(request.getProperties())).map,
      dependencies: request.getDependenciesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      ...(provider ? { provider } : {}),
      ...(sourcePosition ? { sourcePosition } : {}),
    };
  }

  async #invokeProvider(token: string, args: PropertyMap, where: string | undefined, reference: string): Promise<PropertyMap> {
    const provider = providerFor(this.options.providerRules, { type: token, name: token, custom: true, remote: false, provider: reference || undefined }, undefined, where ?? "call site unknown");
    const result = await this.#limit.run(() => this.options.backend.invoke(token, args, where, provider));
    this.#protect(result);
    return result;
  }

  async #stackReference(name: string, where: string | undefined): Promise<PropertyMap> {
    const { outputs } = await this.options.backend.stackReference(name, where);
    const secretOutputNames = Object.entries(outputs).filter(([, value]) => value instanceof Secret).map(([key]) => key);
    return { name, outputs, secretOutputNames };
  }

  /** The SDK asks this when a resource arrives as a value. */
  #getResource(args: PropertyMap): PropertyMap {
    const urn = String(args.urn);
    const entry = this.registry.get(urn);
    if (!entry) throw new Error(`'${urn}' is not a resource of this run.`);
    return { urn, id: entry.id ?? "", state: { ...entry.resource.inputs, ...entry.outputs } };
  }

  #callSite(position: Parameters<typeof decodePosition>[0]): string | undefined {
    const decoded = decodePosition(position);
    return decoded && describePosition(decoded, this.options.root);
  }

  #protect(value: PropertyValue): void {
    for (const text of secretTexts(value)) this.options.diagnostics.protect(text);
  }

  /** Says what went wrong once, with the resource; when real things are being made, the first failure stops the rest. */
  async #guarded<T>(subject: string | undefined, task: () => Promise<T>): Promise<T> {
    if (this.#stopped) throw new StoppedError();
    try {
      return await task();
    } catch (error) {
      if (error instanceof StoppedError) throw error;
      this.options.diagnostics.refuse(message(error), subject);
      if (this.options.backend.mode === "apply") this.#stopped = true;
      throw new Error(message(error));
    }
  }
}

/** An earlier registration failed: this one is refused without a word of its own. */
export class StoppedError extends Error {}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function externalResource(read: ReadResource): RegisteredResource {
  return {
    ...read,
    custom: true,
    remote: false,
    propertyDependencies: {},
    providers: {},
    protect: false,
    retainOnDelete: true,
    aliases: [],
    ignoreChanges: [],
    replaceOnChanges: [],
    customTimeouts: {},
  };
}

export { stackType };
