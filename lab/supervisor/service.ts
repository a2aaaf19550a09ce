import type { SiteName } from "../layout";

/** A server process that the lab keeps running. Plain data: it is written to the state folder and read back after a crash. */
export interface ServiceSpec {
  /** Unique in the lab; also the name of its log file. */
  readonly name: string;
  readonly site: SiteName;
  /** Absolute path of the program, then its arguments. Never a secret: arguments are visible to every user. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** When is it up: an HTTP(S) address that answers below 400 (or one of `accept`), or a TCP port. Probed from inside the site. */
  readonly ready: { readonly http: string; readonly insecure?: boolean; readonly accept?: readonly number[] } | { readonly tcp: string } | { readonly none: true };
  /** @default 60 */
  readonly readySeconds?: number;
  /** Signal for an orderly stop, and how long to wait before SIGKILL. @default SIGTERM, 10 s */
  readonly stop?: { readonly signal: NodeJS.Signals; readonly seconds: number };
}

export interface ServiceState {
  readonly name: string;
  readonly site: SiteName;
  readonly pid?: number;
  readonly state: "starting" | "running" | "backoff" | "stopped";
  readonly restarts: number;
  readonly since: string;
  readonly lastExit?: string;
}

/** What the rest of the lab sees of the supervisor. */
export interface Supervisor {
  /** Starts the service, or leaves it alone when it runs with the same spec; restarts it when the spec changed. Resolves when ready. */
  ensure(spec: ServiceSpec): Promise<void>;
  /** Stops and forgets it. No error when it is unknown. */
  remove(name: string): Promise<void>;
  list(): Promise<readonly ServiceState[]>;
}
