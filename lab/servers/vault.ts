import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RegionName } from "../layout";
import { ports, sites, vaultAddress } from "../layout";
import type { ServiceSpec } from "../supervisor/service";
import type { ServerContext, ServerGroup } from "./context";
import { dataFolder } from "./context";
import { writePrivateFile } from "./private-file";

/**
 * A region's Vault and the process that unseals it again after each restart. Vaults are not replicated: what both regions
 * need is written twice (`chainstead keys import`).
 */
export function vault(context: ServerContext, region: RegionName): ServerGroup {
  return { services: [vaultServer(context, region), vaultUnsealer(context, region)] };
}

function vaultServer(context: ServerContext, region: RegionName): ServiceSpec {
  const data = dataFolder(context, `vault-${region}`);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const config = join(context.state, "config", `vault-${region}.json`);
  writePrivateFile(config, JSON.stringify(vaultConfig(region, data), undefined, 2));
  return {
    name: `vault-${region}`,
    site: region,
    argv: [context.program("vault"), "server", `-config=${config}`],
    env: { GOMAXPROCS: "2" },
    // Up means that it answers; a new one is neither initialised nor unsealed yet.
    ready: { http: `${vaultAddress(region)}/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200` },
  };
}

/** @see https://developer.hashicorp.com/vault/docs/configuration */
export function vaultConfig(region: RegionName, data: string): Record<string, unknown> {
  return {
    storage: { file: { path: data } },
    // Plain HTTP: the site is a network namespace of the lab. In the clouds Vault has a certificate and an automatic unseal.
    listener: [{ tcp: { address: `${sites[region].address}:${ports.vault}`, tls_disable: true } }],
    api_addr: vaultAddress(region),
    // Without swap control the lab would need a capability that it has no other use for; its keys are worth nothing.
    disable_mlock: true,
    ui: false,
    log_level: "warn",
  };
}

/** Runs in the region, so that a region that is cut off still unseals its own Vault. */
function vaultUnsealer(context: ServerContext, region: RegionName): ServiceSpec {
  return {
    name: `vault-unsealer-${region}`,
    site: region,
    argv: context.labProcess("unseal", "--region", region, "--state", context.state),
    ready: { none: true },
  };
}
