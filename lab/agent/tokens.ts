import type { Api } from "./api";
import type { Pod } from "./kube-types";
import { tokenRequests, type TokenRequest } from "./payload";

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch after which a new one is asked for: 80 % of its life, as the kubelet does. */
  readonly renewAt: number;
}

/** The bound service-account tokens of one pod. They are in this process's memory and the pod's, and never on disk. */
export class PodTokens {
  private readonly tokens = new Map<string, Token>();

  constructor(
    private readonly api: Api,
    private readonly pod: Pod,
  ) {}

  /** Fetches what is missing or due. @throws ApiError when the server refuses */
  async refresh(now: number): Promise<void> {
    for (const request of tokenRequests(this.pod)) {
      const held = this.tokens.get(keyOf(request));
      if (!held || held.renewAt <= now) this.tokens.set(keyOf(request), await this.fetch(request, now));
    }
  }

  /** When does the next token have to be renewed? Undefined when there is none. */
  get renewAt(): number | undefined {
    return this.tokens.size === 0 ? undefined : Math.min(...[...this.tokens.values()].map((t) => t.renewAt));
  }

  text(request: TokenRequest): string {
    const token = this.tokens.get(keyOf(request));
    if (!token) throw new Error(`no token for audience "${request.audience ?? "the API server"}" has been fetched`);
    return token.text;
  }

  private async fetch(request: TokenRequest, now: number): Promise<Token> {
    const { namespace, name, uid } = this.pod.metadata;
    const account = this.pod.spec.serviceAccountName ?? "default";
    const answer = await this.api.create<{ status: { token: string; expirationTimestamp: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        audiences: request.audience ? [request.audience] : [],
        expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    });
    const life = Date.parse(answer.status.expirationTimestamp) - now;
    return { text: answer.status.token, renewAt: now + life * 0.8 };
  }
}

function keyOf(request: TokenRequest): string {
  return JSON.stringify([request.audience ?? "", request.expirationSeconds]);
}
