import type { Milliseconds } from "../definition";

/** What we decide about a CometBFT node; everything else stays at the software's own default for its version. */
export interface CometbftConfigOptions {
  /** Name shown to peers. */
  readonly moniker: string;
  /** Built-in application (`persistent_kvstore`) or an ABCI address. Left out where the binary is the application (gaiad). */
  readonly proxyApp?: string;
  /** `<ip>:<port>` to listen on. @default 0.0.0.0:26656 */
  readonly p2pAddress?: string;
  /** `<ip>:<port>` to listen on. @default 0.0.0.0:26657 */
  readonly rpcAddress?: string;
  /** `<ip>:<port>` of Prometheus metrics. @default 0.0.0.0:26660 */
  readonly metricsAddress?: string;
  /** `<host>:<port>` told to peers; needed where the listen address is not the one they dial. */
  readonly externalAddress?: string;
  /** `<node id>@<host>:<port>` each. */
  readonly persistentPeers: readonly string[];
  readonly seeds?: readonly string[];
  /** Look for more peers than the declared ones. @default true */
  readonly peerExchange?: boolean;
  /** Refuse private addresses in the address book. False for networks that live on private addresses. */
  readonly strictAddressBook: boolean;
  /** Allow several peers behind one address, as on loopback. @default false */
  readonly duplicateAddresses?: boolean;
  /** Unix socket on which the node waits for its remote signer. Without it the key file of the home is used. */
  readonly signerSocket?: string;
  /**
   * Time between a commit and the next height. On a public network it must be the network's own.
   * @default left to the software
   */
  readonly commitTimeoutMs?: Milliseconds;
  /** Genesis file, relative to the home or absolute. @default config/genesis.json */
  readonly genesisFile?: string;
  /** Everything the node itself writes lies below `data/`, so that `config/` may be a read-only mount. @default false */
  readonly readOnlyConfig?: boolean;
}

/**
 * The text of `config.toml`, with only the keys that we decide. CometBFT fills in its defaults for the rest
 * (cometbft v1.0.1 cmd/cometbft/commands/root.go, `ParseConfig`), so the same text serves v0.38 and v1.
 */
export function cometbftConfigToml(options: CometbftConfigOptions): string {
  const base = options.readOnlyConfig ? readOnlyPaths(options) : { genesis_file: options.genesisFile };
  return toml({
    "": { moniker: options.moniker, proxy_app: options.proxyApp, log_level: "info", log_format: "plain", ...base, priv_validator_laddr: options.signerSocket === undefined ? undefined : `unix://${options.signerSocket}` },
    rpc: { laddr: `tcp://${options.rpcAddress ?? "0.0.0.0:26657"}`, unsafe: false },
    p2p: {
      laddr: `tcp://${options.p2pAddress ?? "0.0.0.0:26656"}`,
      external_address: options.externalAddress,
      seeds: options.seeds?.join(","),
      persistent_peers: options.persistentPeers.join(","),
      // A peer that was cut off for minutes must be dialled again at once when the link is back, not after an exponential pause.
      persistent_peers_max_dial_period: "2s",
      addr_book_file: options.readOnlyConfig ? "data/addrbook.json" : undefined,
      addr_book_strict: options.strictAddressBook,
      allow_duplicate_ip: options.duplicateAddresses ?? false,
      pex: options.peerExchange ?? true,
    },
    consensus: {
      timeout_commit: options.commitTimeoutMs === undefined ? undefined : `${options.commitTimeoutMs}ms`,
      // It makes a restarted validator panic on its own signatures and guards nothing at a hot switch: the gate does.
      double_sign_check_height: 0,
    },
    instrumentation: { prometheus: true, prometheus_listen_addr: options.metricsAddress ?? "0.0.0.0:26660", namespace: "cometbft" },
  });
}

/** CometBFT writes these three beside its configuration by default. */
function readOnlyPaths(options: CometbftConfigOptions): Record<string, string | undefined> {
  return {
    genesis_file: options.genesisFile ?? "config/genesis.json",
    node_key_file: "data/node_key.json",
    // With a remote signer the node still makes a key of its own here, at first start, and never uses it.
    priv_validator_key_file: "data/priv_validator_key.json",
    priv_validator_state_file: "data/priv_validator_state.json",
  };
}

type Table = Readonly<Record<string, string | number | boolean | undefined>>;

/** Strings, whole numbers and booleans in one level of tables: all that a `config.toml` of ours needs. */
function toml(tables: Readonly<Record<string, Table>>): string {
  return Object.entries(tables)
    .map(([name, table]) => {
      const lines = Object.entries(table)
        .filter(([, value]) => value !== undefined)
        // A JSON string is a TOML basic string (TOML v1.0.0, "String") as long as it has no DEL and no lone surrogate.
        .map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      return [...(name === "" ? [] : [`[${name}]`]), ...lines, ""].join("\n");
    })
    .join("\n");
}
