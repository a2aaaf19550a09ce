import { readFileSync } from "node:fs";
import { isObject, type Json, type JsonObject } from "../../plain";
import { HttpClient, type Reply } from "../http";
import { ProviderError, text } from "../provider";

/** Vault's HTTP API (developer.hashicorp.com/vault/api-docs) with the address and token that the provider was given. */
export class VaultClient {
  readonly #http: HttpClient;

  constructor(provider: JsonObject) {
    const token = text(provider, "token");
    const ca = provider["caCertFile"];
    const headers: Record<string, string> = { "x-vault-token": token, "x-vault-request": "true" };
    if (typeof provider["namespace"] === "string") headers["x-vault-namespace"] = provider["namespace"];
    this.#http = new HttpClient({
      address: text(provider, "address"),
      headers: () => headers,
      tls: { ca: typeof ca === "string" && ca ? readFileSync(ca, "utf8") : undefined, insecure: provider["skipTlsVerify"] === true || provider["skipTlsVerify"] === "true" },
    });
  }

  /** The `data` of the answer, undefined when the path holds nothing. */
  async read(path: string): Promise<JsonObject | undefined> {
    const reply = await this.#http.call({ method: "GET", path: `/v1/${path}` });
    if (reply.status === 404 || (reply.status === 400 && told(reply).includes("No secret engine mount"))) return undefined;
    if (reply.status >= 300) throw refusal(reply, "read", path);
    return isObject(reply.body) && isObject(reply.body["data"]) ? reply.body["data"] : {};
  }

  async write(path: string, body: Json): Promise<JsonObject> {
    const reply = await this.#http.call({ method: "POST", path: `/v1/${path}`, body });
    if (reply.status >= 300) throw refusal(reply, "write", path);
    return isObject(reply.body) && isObject(reply.body["data"]) ? reply.body["data"] : {};
  }

  async delete(path: string): Promise<void> {
    const reply = await this.#http.call({ method: "DELETE", path: `/v1/${path}` });
    // Also when the mount it lay in is gone.
    if (reply.status >= 300 && reply.status !== 404 && !/no handler for route|No secret engine mount/.test(told(reply))) throw refusal(reply, "delete", path);
  }
}

function told(reply: Reply): string {
  const errors = isObject(reply.body) ? reply.body["errors"] : undefined;
  return Array.isArray(errors) ? errors.map(String).join("; ").trim() : "";
}

function refusal(reply: Reply, verb: string, path: string): ProviderError {
  const hint = reply.status === 503 ? " Vault is sealed or has no leader." : reply.status === 403 ? " The provider's token does not allow it." : "";
  return new ProviderError(`Vault refused to ${verb} ${path} (${reply.status}): ${told(reply).slice(0, 300) || "no reason given"}.${hint}`, { refused: reply.status < 500 });
}
