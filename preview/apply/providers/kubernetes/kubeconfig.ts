import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Endpoint } from "../http";
import { ProviderError } from "../provider";

const contextSchema = z.looseObject({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });
const clusterSchema = z.looseObject({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
});
const userSchema = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  exec: z.unknown().optional(),
  "auth-provider": z.unknown().optional(),
});
const schema = z.looseObject({
  "current-context": z.string().optional(),
  contexts: z.array(z.looseObject({ name: z.string(), context: contextSchema })).default([]),
  clusters: z.array(z.looseObject({ name: z.string(), cluster: clusterSchema })).default([]),
  users: z.array(z.looseObject({ name: z.string(), user: userSchema })).default([]),
});
type User = z.infer<typeof userSchema>;

export interface Cluster {
  readonly endpoint: Endpoint;
  /** The context's namespace. */
  readonly namespace: string | undefined;
}

/**
 * Reads a kubeconfig given as its text or as a path, as Pulumi's provider takes it. Only what it names is used: no environment variable, no
 * home folder, no login helper. Errors never repeat its text.
 */
export function readKubeconfig(kubeconfig: string, contextName?: string): Cluster {
  const isText = /(^|\n)\s*("?apiVersion"?|"?clusters"?)\s*:|^\s*\{/.test(kubeconfig);
  const base = isText ? process.cwd() : dirname(resolve(kubeconfig));
  const config = parseConfig(isText ? kubeconfig : readFile(resolve(kubeconfig), "kubeconfig"), isText ? "the kubeconfig given as text" : `the kubeconfig ${kubeconfig}`);
  const wanted = contextName ?? config["current-context"];
  const { context } = pick(config.contexts, wanted, "context");
  const { cluster } = pick(config.clusters, context.cluster, "cluster");
  const user: User = context.user ? pick(config.users, context.user, "user").user : {};
  if (user.exec || user["auth-provider"]) throw fail(`user "${context.user}" logs in through a helper program; local apply takes a token or a client certificate only`);
  const data = (inline: string | undefined, path: string | undefined): string | undefined =>
    inline ? Buffer.from(inline, "base64").toString("utf8") : path ? readFile(resolve(base, path), "file named in the kubeconfig") : undefined;
  const tokenFile = user.tokenFile ? resolve(base, user.tokenFile) : undefined;
  const bearer = (): string | undefined => user.token ?? (tokenFile ? readFile(tokenFile, "token file").trim() : undefined);
  return {
    namespace: context.namespace,
    endpoint: {
      address: cluster.server,
      headers: (): Record<string, string> => {
        const token = bearer();
        return token ? { authorization: `Bearer ${token}` } : {};
      },
      tls: {
        ca: data(cluster["certificate-authority-data"], cluster["certificate-authority"]),
        cert: data(user["client-certificate-data"], user["client-certificate"]),
        key: data(user["client-key-data"], user["client-key"]),
        servername: cluster["tls-server-name"],
        insecure: cluster["insecure-skip-tls-verify"],
      },
    },
  };
}

function parseConfig(source: string, where: string): z.infer<typeof schema> {
  let raw: unknown;
  try {
    raw = parse(source);
  } catch {
    throw fail(`${where} is neither YAML nor JSON`);
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw fail(`${where}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
}

function pick<T extends { readonly name: string }>(list: readonly T[], name: string | undefined, what: string): T {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw fail(`it has no ${what} "${name ?? ""}" (it has: ${list.map((entry) => entry.name).join(", ") || "none"})`);
  return found;
}

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fail(`the ${what} ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`);
  }
}

const fail = (reason: string): ProviderError => new ProviderError(`The Kubernetes provider's kubeconfig cannot be used: ${reason}.`, { property: "kubeconfig", refused: true });
