import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasSecret } from "../values";
import { decodeSnapshot, formatDeployment, parseDeployment, type ResourceState, type Snapshot } from "./deployment";
import { Passphrase } from "./passphrase";

export class StateError extends Error {
  override readonly name = "StateError";
}

export interface StateLocation {
  /** Folder that holds the state of all stacks of one lab and the passphrase file; made with mode 0700. */
  readonly stateDir: string;
  readonly stack: string;
}

export const statePath = ({ stateDir, stack }: StateLocation): string => join(stateDir, `${stack}.json`);
/** One for all stacks of a folder; usable as `PULUMI_CONFIG_PASSPHRASE_FILE` after an import into the real engine. */
export const passphrasePath = (stateDir: string): string => join(stateDir, "passphrase");

/**
 * The state of one stack on disk. Written whole each time: to a file beside it, flushed, then renamed, so that a reader or a crash sees
 * the old or the new text and nothing between. What stood there when the run began stays as `<stack>.json.bak`.
 */
export class StateFile {
  #passphrase: Passphrase | undefined;
  #backedUp = false;

  constructor(readonly location: StateLocation) {}

  get path(): string {
    return statePath(this.location);
  }

  /** @throws StateError when the file cannot be understood; nothing is changed then. */
  async read(): Promise<Snapshot> {
    if (!existsSync(this.path)) return { resources: [], pending: [] };
    const text = readFileSync(this.path, "utf8");
    try {
      const file = parseDeployment(text);
      const provider = file.deployment.secrets_providers;
      if (provider && provider.type !== "passphrase") throw new Error(`secrets provider "${provider.type}"; only "passphrase" is understood`);
      if (provider?.state) this.#passphrase = await Passphrase.open(this.#existingPhrase(), provider.state.salt);
      return decodeSnapshot(file, this.#passphrase);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const backup = existsSync(`${this.path}.bak`) ? ` The state before the last run is in ${this.path}.bak; after comparing both, copy it over.` : "";
      throw new StateError(`The state file ${this.path} (${text.length} characters) cannot be used: ${reason}. Nothing was changed.${backup}`);
    }
  }

  async write(snapshot: Snapshot): Promise<void> {
    try {
      await this.#write(snapshot);
    } catch (error) {
      throw new StateError(`The state file ${this.path} cannot be written: ${error instanceof Error ? error.message : String(error)}. What stood in it still does; make room or mend the rights, then run again.`);
    }
  }

  async #write(snapshot: Snapshot): Promise<void> {
    mkdirSync(this.location.stateDir, { recursive: true, mode: 0o700 });
    if (!this.#passphrase && holdsSecret(snapshot)) this.#passphrase = await Passphrase.fresh(await this.#phrase());
    if (!this.#backedUp && existsSync(this.path)) copyFileSync(this.path, `${this.path}.bak`);
    this.#backedUp = true;
    await writeDurably(this.path, formatDeployment(snapshot, this.#passphrase, new Date()));
  }

  /** Removes what a killed run left half written. Only under the stack's lock. */
  sweep(): void {
    if (!existsSync(this.location.stateDir)) return;
    for (const name of readdirSync(this.location.stateDir)) {
      if (name.startsWith(`${this.location.stack}.json.tmp-`)) rmSync(join(this.location.stateDir, name), { force: true });
    }
  }

  #existingPhrase(): string {
    const path = passphrasePath(this.location.stateDir);
    if (!existsSync(path)) throw new Error(`its secrets need the passphrase file ${path}, which is missing`);
    return readFileSync(path, "utf8").trim();
  }

  async #phrase(): Promise<string> {
    const path = passphrasePath(this.location.stateDir);
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(`${randomBytes(32).toString("hex")}\n`);
      await file.sync();
      await file.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    return this.#existingPhrase();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), "r");
  try {
    // The rename itself must survive a power cut too.
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function holdsSecret(snapshot: Snapshot): boolean {
  const test = (resource: ResourceState): boolean => hasSecret(resource.inputs) || hasSecret(resource.outputs);
  return snapshot.resources.some(test) || snapshot.pending.some((op) => test(op.resource));
}
