import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A resource as the engine would be told about it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

interface Request {
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getProvider(): string;
  getDependenciesList(): string[];
}

/** Registers what a component makes, without an engine. Outputs are the inputs. */
export class Recorder {
  readonly resources: Registered[] = [];
  /** The options that mocks are not told about: read off the request itself. */
  readonly requests: { readonly name: string; readonly parent: string; readonly protect: boolean; readonly deleteBeforeReplace: boolean; readonly provider: string; readonly dependencies: readonly string[] }[] = [];

  async install(project = "chainstead", stack = "test"): Promise<void> {
    const requests = this.requests;
    const register = MockMonitor.prototype.registerResource;
    MockMonitor.prototype.registerResource = function (request: Request, callback: Parameters<typeof register>[1]) {
      requests.push({
        name: request.getName(),
        parent: request.getParent(),
        protect: request.getProtect(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        provider: request.getProvider(),
        dependencies: request.getDependenciesList(),
      });
      return register.call(this, request, callback);
    };
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          this.resources.push({ type: args.type, name: args.name, inputs: args.inputs as Record<string, unknown> });
          return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
        },
        call: (args) => args.inputs as Record<string, unknown>,
      },
      project,
      stack,
      false,
    );
  }

  /** Type and name of everything but providers, in order of name. */
  children(): string[] {
    return this.resources
      .filter((resource) => !resource.type.startsWith("pulumi:"))
      .map((resource) => `${resource.type} ${resource.name}`)
      .sort();
  }

  inputsOf<T>(name: string): T {
    const found = this.resources.find((resource) => resource.name === name);
    if (found === undefined) {
      throw new Error(`no resource '${name}'; there are ${this.resources.map((resource) => resource.name).join(", ")}`);
    }
    return found.inputs as T;
  }
}

/** Waits until everything that was registered so far is known to the mocks. */
export async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
}
