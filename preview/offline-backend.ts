import type { Backend, Created, PropertyMap, ReadResource, RegisteredResource, StackOutputs } from "./backend";
import { answerInvoke, answerStackReference, type Fixtures } from "./fixtures";

/** What both offline modes share: the outside world is what the fixtures say. */
export abstract class OfflineBackend implements Backend {
  abstract readonly mode: "preview" | "synth";

  constructor(protected readonly fixtures: Fixtures) {}

  abstract create(resource: RegisteredResource): Promise<Created>;
  abstract read(resource: ReadResource): Promise<Created>;

  invoke(token: string, args: PropertyMap, callSite: string | undefined): Promise<PropertyMap> {
    return Promise.resolve().then(() => answerInvoke(this.fixtures, token, args, callSite));
  }

  stackReference(name: string, callSite: string | undefined): Promise<StackOutputs> {
    return Promise.resolve().then(() => ({ outputs: answerStackReference(this.fixtures, name, callSite) }));
  }

  outputs(): Promise<void> {
    return Promise.resolve();
  }

  finished(): Promise<void> {
    return Promise.resolve();
  }
}

/** As in a real preview of a first deployment: what the program gave is known, everything else is not. */
export class PreviewBackend extends OfflineBackend {
  readonly mode = "preview";

  create(resource: RegisteredResource): Promise<Created> {
    return Promise.resolve({ id: resource.custom ? undefined : "", outputs: resource.inputs });
  }

  read(resource: ReadResource): Promise<Created> {
    return Promise.resolve({ id: resource.id, outputs: resource.inputs });
  }
}

