import { chmod, chown, lstat, mkdir, mkdtemp, readFile, readlink, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Payload, PayloadFile } from "./payload";

/** Who may read generated files. */
export interface Owner {
  /** The pod's fsGroup. */
  readonly group?: number;
  /** The one user of all containers, when there is only one: tokens then need no group. */
  readonly user?: number;
}

/**
 * Writes a volume as the kubelet does: files lie in a folder of their own, `..data` points to it and is swapped in one
 * step, so a reader never sees half an update. Returns whether anything changed.
 */
export async function writePayload(folder: string, payload: Payload, owner: Owner): Promise<boolean> {
  const before = await readlink(join(folder, "..data")).catch(() => undefined);
  if (before !== undefined && (await same(join(folder, before), payload))) return false;
  const fresh = await mkdtemp(`${folder}/..v`);
  await settleFolder(fresh, owner);
  for (const [path, file] of payload) {
    const target = join(fresh, path);
    await mkdir(dirname(target), { recursive: true });
    if (dirname(target) !== fresh) await settleFolder(dirname(target), owner);
    await writeFile(target, file.data, { mode: 0o600 });
    await settleFile(target, file, owner);
  }
  await symlink(fresh.slice(folder.length + 1), join(folder, "..data_new"));
  await rename(join(folder, "..data_new"), join(folder, "..data"));
  await linkTop(folder, payload);
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
  return true;
}

/** As the kubelet: a group gets what the owner may read; a token belongs to the pod's one user, if there is one. */
async function settleFile(path: string, file: PayloadFile, owner: Owner): Promise<void> {
  if (owner.group !== undefined) {
    await chown(path, 0, owner.group);
    await chmod(path, file.token ? 0o640 : file.mode | 0o440);
  } else if (file.token && owner.user !== undefined) {
    await chown(path, owner.user, 0);
    await chmod(path, 0o600);
  } else {
    await chmod(path, file.mode);
  }
}

async function settleFolder(path: string, owner: Owner): Promise<void> {
  if (owner.group !== undefined) await chown(path, 0, owner.group);
  await chmod(path, 0o755);
}

async function linkTop(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0] as string));
  for (const name of await readdir(folder)) {
    if (!name.startsWith("..") && !wanted.delete(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of wanted) await symlink(join("..data", name), join(folder, name));
}

async function same(folder: string, payload: Payload): Promise<boolean> {
  const present = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  if (present.filter((entry) => entry.isFile()).length !== payload.size) return false;
  for (const [path, file] of payload) {
    const found = await readFile(join(folder, path)).catch(() => undefined);
    if (!found?.equals(file.data)) return false;
  }
  return true;
}

/** A folder that containers write to: open to all, or to the pod's group, which new files inherit. */
export async function makeWritable(folder: string, group: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (group === undefined) return chmod(folder, 0o777);
  // As `fsGroupChangePolicy: OnRootMismatch`: a volume whose top is right is taken as it is.
  const now = await lstat(folder);
  if (now.gid === group && (now.mode & 0o2070) === 0o2070) return;
  await giveToGroup(folder, group);
}

async function giveToGroup(path: string, group: number): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  if (found.isDirectory()) for (const name of await readdir(path)) await giveToGroup(join(path, name), group);
  await chown(path, found.uid, group);
  await chmod(path, (found.mode & 0o7777) | (found.isDirectory() ? 0o2770 : 0o660));
}
