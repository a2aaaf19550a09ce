import { createHash } from "node:crypto";
import { differences, isObject, type Json, type JsonObject } from "../plain";
import { type Endpoint, HttpClient, type Reply } from "./http";
import { type Difference, type Existing, type Provider, ProviderError, type Result, text, type Wanted, withoutNulls } from "./provider";

const keys = "consul:index/keys:Keys";
const keyPrefix = "consul:index/keyPrefix:KeyPrefix";
const aclPolicy = "consul:index/aclPolicy:AclPolicy";
const aclToken = "consul:index/aclToken:AclToken";

interface Key {
  readonly path: string;
  readonly value: string;
  readonly flags: number;
  /** Pulumi's `delete`: without it a key outlives its declaration. */
  readonly owned: boolean;
}

/** Key-value pairs and ACLs of a Consul datacenter, over its HTTP API (developer.hashicorp.com/consul/api-docs). */
export class ConsulProvider implements Provider {
  readonly types = [keys, keyPrefix, aclPolicy, aclToken];
  readonly #http: HttpClient;

  constructor(private readonly provider: JsonObject) {
    this.#http = new HttpClient(endpoint(provider));
  }

  check(wanted: Wanted): Promise<JsonObject> {
    const inputs = withoutNulls(wanted.inputs);
    for (const field of ["namespace", "partition"]) {
      if (inputs[field] !== undefined) throw new ProviderError(`"${field}" belongs to Consul Enterprise; leave it out.`, { property: field, refused: true });
    }
    if (wanted.type === keys || wanted.type === keyPrefix) readKeys(wanted.type, inputs);
    if (wanted.type === keyPrefix) text(inputs, "pathPrefix");
    if (wanted.type === aclPolicy) [text(inputs, "name"), text(inputs, "rules")];
    // A fixed accessor makes a repeated create meet the token that an earlier attempt made.
    if (wanted.type === aclToken && inputs["accessorId"] === undefined) inputs["accessorId"] = accessorId(wanted.urn);
    return Promise.resolve(inputs);
  }

  /** `Keys` has no identity of its own in Consul: Pulumi's provider calls every one "consul". */
  plannedId(type: string, inputs: JsonObject): string | undefined {
    if (type === keyPrefix) return text(inputs, "pathPrefix");
    return type === aclToken ? text(inputs, "accessorId") : undefined;
  }

  diff(wanted: Wanted, old: Existing): Promise<Difference> {
    const paths = differences(old.inputs, wanted.inputs);
    const replacing = paths.filter((path) => ["datacenter", "pathPrefix", "accessorId"].includes(path));
    return Promise.resolve(replacing.length > 0 ? { kind: "replace", paths: replacing } : { kind: paths.length > 0 ? "update" : "same", paths });
  }

  create(wanted: Wanted): Promise<Result> {
    return this.#write(wanted, undefined);
  }

  update(wanted: Wanted, old: Existing): Promise<Result> {
    return this.#write(wanted, old);
  }

  async read(existing: Existing): Promise<Result | undefined> {
    const { type, inputs, id } = existing;
    if (type === aclPolicy || type === aclToken) {
      const reply = await this.#call("GET", `${aclPath(type)}/${id ?? ""}`, inputs, { accept: [404, 403] });
      return reply.status === 200 && id ? { id, outputs: existing.outputs } : undefined;
    }
    const wanted = readKeys(type, inputs);
    const found = await Promise.all(wanted.map(async (key) => (await this.#call("GET", kvPath(key.path), inputs, { accept: [404] })).status === 200));
    return id && found.every(Boolean) ? { id, outputs: existing.outputs } : undefined;
  }

  async delete(existing: Existing): Promise<void> {
    const { type, inputs, id } = existing;
    if (type === aclPolicy || type === aclToken) {
      const known = id ?? (type === aclPolicy ? await this.#policyId(inputs) : undefined);
      if (known) await this.#call("DELETE", `${aclPath(type)}/${known}`, inputs, { accept: [404, 403] });
      return;
    }
    if (type === keyPrefix) return void (await this.#call("DELETE", `${kvPath(text(inputs, "pathPrefix"))}?recurse=true`, inputs));
    for (const key of readKeys(type, inputs).filter((one) => one.owned)) await this.#call("DELETE", kvPath(key.path), inputs);
  }

  async #write(wanted: Wanted, old: Existing | undefined): Promise<Result> {
    const { type, inputs } = wanted;
    if (type === aclPolicy) return this.#writePolicy(inputs, old?.id);
    if (type === aclToken) return this.#writeToken(inputs);
    const now = readKeys(type, inputs);
    for (const key of now) await this.#call("PUT", `${kvPath(key.path)}?flags=${key.flags}`, inputs, { raw: key.value });
    if (type === keyPrefix) {
      const prefix = text(inputs, "pathPrefix");
      const reply = await this.#call("GET", `${kvPath(prefix)}?keys=true`, inputs, { accept: [404] });
      const there = Array.isArray(reply.body) ? reply.body.map(String) : [];
      for (const path of there.filter((one) => !now.some((key) => key.path === one))) await this.#call("DELETE", kvPath(path), inputs);
      return { id: prefix, outputs: inputs };
    }
    const dropped = old ? readKeys(type, old.inputs).filter((key) => key.owned && !now.some((one) => one.path === key.path)) : [];
    for (const key of dropped) await this.#call("DELETE", kvPath(key.path), inputs);
    const named = (Array.isArray(inputs["keys"]) ? inputs["keys"] : []).filter(isObject).flatMap((key) => (typeof key["name"] === "string" ? [[key["name"], String(key["value"] ?? "")]] : []));
    return { id: "consul", outputs: { ...inputs, var: Object.fromEntries(named) as JsonObject } };
  }

  async #writePolicy(inputs: JsonObject, id: string | undefined): Promise<Result> {
    const body: JsonObject = { Name: text(inputs, "name"), Rules: text(inputs, "rules"), Description: inputs["description"] ?? "", ...(inputs["datacenters"] !== undefined && { Datacenters: inputs["datacenters"] }) };
    const known = id ?? (await this.#policyId(inputs));
    const reply = await this.#call("PUT", known ? `/v1/acl/policy/${known}` : "/v1/acl/policy", inputs, { body });
    return { id: String(isObject(reply.body) ? reply.body["ID"] : known), outputs: inputs };
  }

  async #policyId(inputs: JsonObject): Promise<string | undefined> {
    const reply = await this.#call("GET", `/v1/acl/policy/name/${encodeURIComponent(text(inputs, "name"))}`, inputs, { accept: [404, 403] });
    return reply.status === 200 && isObject(reply.body) ? String(reply.body["ID"]) : undefined;
  }

  async #writeToken(inputs: JsonObject): Promise<Result> {
    const id = text(inputs, "accessorId");
    const links = (list: Json | undefined): Json[] => (Array.isArray(list) ? list.map((name) => ({ Name: name })) : []);
    const body: JsonObject = { AccessorID: id, Description: inputs["description"] ?? "", Local: inputs["local"] === true, Policies: links(inputs["policies"]), Roles: links(inputs["roles"]) };
    const there = await this.#call("GET", `/v1/acl/token/${id}`, inputs, { accept: [404, 403] });
    await this.#call("PUT", there.status === 200 ? `/v1/acl/token/${id}` : "/v1/acl/token", inputs, { body });
    return { id, outputs: inputs };
  }

  async #call(method: "GET" | "PUT" | "DELETE", path: string, inputs: JsonObject, options: { body?: Json; raw?: string; accept?: readonly number[] } = {}): Promise<Reply> {
    const datacenter = inputs["datacenter"] ?? this.provider["datacenter"];
    const where = typeof datacenter === "string" ? `${path}${path.includes("?") ? "&" : "?"}dc=${encodeURIComponent(datacenter)}` : path;
    const reply = await this.#http.call({ method, path: where, body: options.body, raw: options.raw });
    if (reply.status < 300 || options.accept?.includes(reply.status)) return reply;
    throw new ProviderError(`Consul refused ${method} ${path} (${reply.status}): ${reply.text.trim().slice(0, 300)}`, { refused: reply.status < 500 });
  }
}

function readKeys(type: string, inputs: JsonObject): Key[] {
  const list = (name: string): JsonObject[] => (Array.isArray(inputs[name]) ? inputs[name].filter(isObject) : []);
  const prefix = type === keyPrefix ? text(inputs, "pathPrefix") : "";
  const subkeys = isObject(inputs["subkeys"]) ? Object.entries(inputs["subkeys"]).map(([path, value]) => ({ path, value })) : [];
  const entries: JsonObject[] = type === keyPrefix ? [...subkeys, ...list("subkeyCollection")] : list("keys");
  return entries.flatMap((entry) => {
    // A key without a value is only read in Pulumi's provider; nothing of it is ours.
    if (typeof entry["value"] !== "string") return [];
    const flags = entry["flags"];
    return [{ path: prefix + text(entry, "path"), value: entry["value"], flags: typeof flags === "number" ? flags : 0, owned: type === keyPrefix || entry["delete"] === true }];
  });
}

function endpoint(provider: JsonObject): Endpoint {
  const address = text(provider, "address");
  const scheme = typeof provider["scheme"] === "string" ? provider["scheme"] : "http";
  const token = provider["token"];
  const ca = provider["caPem"];
  return {
    address: /^https?:\/\//.test(address) ? address : `${scheme}://${address}`,
    headers: (): Record<string, string> => (typeof token === "string" && token ? { "x-consul-token": token } : {}),
    tls: { ca: typeof ca === "string" ? ca : undefined, insecure: provider["insecureHttps"] === true || provider["insecureHttps"] === "true" },
  };
}

const aclPath = (type: string): string => (type === aclPolicy ? "/v1/acl/policy" : "/v1/acl/token");
const kvPath = (path: string): string => `/v1/kv/${path.split("/").map(encodeURIComponent).join("/")}`;

/** A UUID from the URN. */
function accessorId(urn: string): string {
  const hex = createHash("sha256").update(urn).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
