import { GetRootResourceResponse, LogSeverity, RequirePulumiVersionResponse, SetRootResourceResponse, type LogRequest, type RequirePulumiVersionRequest } from "@pulumi/pulumi/proto/engine_pb";
import type { Diagnostics, Severity } from "./diagnostics";

const severities: { readonly [S in LogSeverity]: Severity } = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

/** Pulumi's Engine service: the program's log, and who the root is. */
export class Engine {
  #root = "";

  constructor(private readonly diagnostics: Diagnostics) {}

  log(request: LogRequest): void {
    // Ephemeral lines are progress on a terminal; nothing of them is to stay.
    if (request.getEphemeral()) return;
    this.diagnostics.add(severities[request.getSeverity()], request.getMessage().trimEnd(), request.getUrn() || undefined);
  }

  getRootResource(): GetRootResourceResponse {
    const response = new GetRootResourceResponse();
    response.setUrn(this.#root);
    return response;
  }

  setRootResource(urn: string): SetRootResourceResponse {
    this.#root = urn;
    return new SetRootResourceResponse();
  }

  /** There is no CLI here, so any range is met; the fact is noted. */
  requirePulumiVersion(request: RequirePulumiVersionRequest): RequirePulumiVersionResponse {
    this.diagnostics.add("info", `The program asks for Pulumi CLI ${request.getPulumiVersionRange()}; no CLI runs here, so this was not checked.`);
    return new RequirePulumiVersionResponse();
  }
}
