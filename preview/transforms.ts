import { credentials } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { CallbackInvokeRequest, type Callback, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import {
  TransformInvokeOptions,
  TransformInvokeRequest,
  TransformInvokeResponse,
  TransformRequest,
  TransformResourceOptions,
  TransformResponse,
  type RegisterResourceRequest,
  type ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** What transforms may change of a registration. */
export interface Transformed {
  readonly properties: Struct | undefined;
  readonly options: TransformResourceOptions;
}

/**
 * Functions of the program that the monitor calls back: those given with a resource, those of its component parents (which apply to every
 * child below), and those of the whole stack. They run in that order, each seeing what the one before made.
 */
export class Transforms {
  readonly #clients = new Map<string, CallbacksClient>();
  readonly #ofComponent = new Map<string, { readonly parent: string; readonly transforms: readonly Callback[] }>();
  readonly #ofStack: Callback[] = [];
  readonly #ofInvokes: Callback[] = [];

  addStack(callback: Callback): void {
    this.#ofStack.push(callback);
  }

  addInvoke(callback: Callback): void {
    this.#ofInvokes.push(callback);
  }

  /** Keeps a component's own transforms for its children. */
  addComponent(urn: string, parent: string, transforms: readonly Callback[]): void {
    this.#ofComponent.set(urn, { parent, transforms });
  }

  async resource(request: RegisterResourceRequest): Promise<Transformed> {
    const chain = [...request.getTransformsList(), ...this.#inherited(request.getParent()), ...this.#ofStack];
    let current: Transformed = { properties: request.getObject(), options: optionsOf(request) };
    for (const callback of chain) {
      const message = new TransformRequest();
      message.setType(request.getType()).setName(request.getName()).setCustom(request.getCustom()).setParent(request.getParent());
      message.setProperties(current.properties).setOptions(current.options);
      const response = TransformResponse.deserializeBinary(await this.#call(callback, message.serializeBinary()));
      current = { properties: response.getProperties() ?? current.properties, options: response.getOptions() ?? current.options };
    }
    return current;
  }

  async invoke(request: ResourceInvokeRequest): Promise<{ readonly args: Struct | undefined; readonly provider: string }> {
    let args = request.getArgs();
    let options = new TransformInvokeOptions();
    options.setProvider(request.getProvider()).setVersion(request.getVersion()).setPluginDownloadUrl(request.getPlugindownloadurl());
    for (const callback of this.#ofInvokes) {
      const message = new TransformInvokeRequest();
      message.setToken(request.getTok()).setArgs(args).setOptions(options);
      const response = TransformInvokeResponse.deserializeBinary(await this.#call(callback, message.serializeBinary()));
      args = response.getArgs() ?? args;
      options = response.getOptions() ?? options;
    }
    return { args, provider: options.getProvider() };
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  *#inherited(parent: string): Iterable<Callback> {
    for (let current = this.#ofComponent.get(parent); current; current = this.#ofComponent.get(current.parent)) yield* current.transforms;
  }

  async #call(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const target = callback.getTarget();
    let client = this.#clients.get(target);
    if (!client) this.#clients.set(target, (client = new CallbacksClient(target, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 })));
    const message = new CallbackInvokeRequest();
    message.setToken(callback.getToken()).setRequest(request);
    const answer = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
      client.invoke(message, (error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
    });
    return answer.getResponse_asU8();
  }
}

function optionsOf(request: RegisterResourceRequest): TransformResourceOptions {
  const options = new TransformResourceOptions();
  options
    .setDependsOnList(request.getDependenciesList())
    .setIgnoreChangesList(request.getIgnorechangesList())
    .setReplaceOnChangesList(request.getReplaceonchangesList())
    .setVersion(request.getVersion())
    .setAliasesList(request.getAliasesList())
    .setProvider(request.getProvider())
    .setCustomTimeouts(request.getCustomtimeouts())
    .setPluginDownloadUrl(request.getPlugindownloadurl())
    .setDeletedWith(request.getDeletedwith())
    .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
    .setHooks(request.getHooks())
    .setImport(request.getImportid())
    .setHideDiffList(request.getHidediffsList())
    .setReplaceWithList(request.getReplaceWithList())
    .setReplacementTrigger(request.getReplacementTrigger());
  const protect = request.getProtect();
  if (request.hasProtect() && protect !== undefined) options.setProtect(protect);
  const retain = request.getRetainondelete();
  if (request.hasRetainondelete() && retain !== undefined) options.setRetainOnDelete(retain);
  if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  for (const [name, reference] of request.getProvidersMap().entries()) options.getProvidersMap().set(name, reference);
  return options;
}
