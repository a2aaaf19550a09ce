import { networkInterfaces } from "node:os";
import { Server, ServerCredentials, status, type handleUnaryCall, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Engine } from "./engine";
import { StoppedError, type Monitor } from "./monitor";
import { fromStruct } from "./wire/struct";

/** Both services on one free loopback port. */
export interface Served {
  readonly address: string;
  close(): void;
}

/**
 * Serves a monitor and an engine over gRPC until closed.
 * @throws when the loopback interface is down, as it is in a fresh network namespace
 */
export async function serve(monitor: Monitor, engine: Engine): Promise<Served> {
  requireLoopback();
  // A program's message can hold a whole rendered chart; the SDK lifts its own limit the same way.
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceMonitorService, {
    getDeploymentInfo: refuse("GetDeploymentInfo: this SDK asks SupportsFeature instead"),
    supportsFeature: unary((request) => monitor.supportsFeature(request)),
    invoke: unary((request) => monitor.invoke(request)),
    call: unary((request) => monitor.call(request)),
    readResource: unary((request) => monitor.readResource(request)),
    registerResource: unary((request) => monitor.registerResource(request)),
    registerResourceOutputs: unary(async (request) => {
      await monitor.registerResourceOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    registerStackTransform: unary((callback) => {
      monitor.addStackTransform(callback);
      return new Empty();
    }),
    registerStackInvokeTransform: unary((callback) => {
      monitor.addInvokeTransform(callback);
      return new Empty();
    }),
    registerResourceHook: refuse("Hooks run only in the real engine"),
    registerErrorHook: refuse("Hooks run only in the real engine"),
    registerPackage: unary((request) => monitor.registerPackage(request)),
    signalAndWaitForShutdown: unary(async () => {
      await monitor.shutdown();
      return new Empty();
    }),
  } satisfies Handlers<typeof ResourceMonitorService>);
  server.addService(EngineService, {
    log: unary((request) => {
      engine.log(request);
      return new Empty();
    }),
    getRootResource: unary(() => engine.getRootResource()),
    setRootResource: unary((request) => engine.setRootResource(request.getUrn())),
    startDebugging: unary(() => new Empty()),
    requirePulumiVersion: unary((request) => engine.requirePulumiVersion(request)),
  } satisfies Handlers<typeof EngineService>);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

type Request<M> = M extends { requestDeserialize: (bytes: Buffer) => infer R } ? R : never;
type Response<M> = M extends { responseDeserialize: (bytes: Buffer) => infer R } ? R : never;
type Handlers<S> = { [K in keyof S as string extends K ? never : K]: handleUnaryCall<Request<S[K]>, Response<S[K]>> };

/** One request, one answer; what is thrown becomes the call's error text, which the SDK shows the user. */
function unary<Req, Res>(answer: (request: Req) => Res | Promise<Res>): handleUnaryCall<Req, Res> {
  return (call: ServerUnaryCall<Req, Res>, done: sendUnaryData<Res>) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => done(null, response),
        (error: unknown) => done({ code: error instanceof StoppedError ? status.UNAVAILABLE : status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };
}

function refuse<Req, Res>(reason: string): handleUnaryCall<Req, Res> {
  return (_call, done) => done({ code: status.UNIMPLEMENTED, details: reason });
}

/** Program and evaluator talk over loopback; without it the program ends with nothing but its exit code. */
function requireLoopback(): void {
  const up = Object.values(networkInterfaces()).some((addresses) => addresses?.some((a) => a.internal && a.address === "127.0.0.1"));
  if (!up) throw new Error("the loopback interface is down, over which the program and its evaluator talk: run `ip link set lo up` (a new network namespace has it down; no other network is needed)");
}
