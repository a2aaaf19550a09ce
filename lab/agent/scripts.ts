import type { ContainerPlan, Mount } from "./plan";

/** One word of a shell command: nothing in it is interpreted. @throws for NUL, which no argument can hold */
export function quote(word: string): string {
  if (word.includes("\0")) throw new Error("a NUL byte cannot be passed to a program");
  return `'${word.replace(/'/g, `'\\''`)}'`;
}

/** What the pod's sandbox keeps in memory, below its own folder. */
export const sandboxPaths = { etc: "etc", generated: "generated", memory: "memory", scripts: "scripts", root: "root" } as const;

/** Files of /etc that are the pod's own. */
export const etcFiles = ["passwd", "group", "hostname", "hosts", "nsswitch.conf", "resolv.conf"] as const;

export interface SandboxScript {
  /** Mount point of the sandbox's memory. */
  readonly folder: string;
  readonly hostname: string;
  readonly memoryVolumes: readonly { readonly name: string; readonly bytes?: number }[];
}

/**
 * The process that holds a pod's namespaces open: secrets and memory volumes live in its mounts, and go with it.
 * Runs as root in the new namespaces and says its place in the process table once everything is there.
 */
export function sandboxScript({ folder, hostname, memoryVolumes }: SandboxScript): string {
  return [
    "set -eu",
    "umask 022",
    `cd ${quote(folder)}`,
    "mount -t tmpfs -o mode=0700,size=64m,nosuid,nodev,noexec tmpfs .",
    `cd ${quote(folder)}`,
    `mkdir -m 0755 ${Object.values(sandboxPaths).join(" ")}`,
    ...memoryVolumes.flatMap(({ name, bytes }) => [
      `mkdir ${quote(`memory/${name}`)}`,
      `mount -t tmpfs -o mode=1777,nosuid,nodev${bytes ? `,size=${bytes}` : ""} tmpfs ${quote(`memory/${name}`)}`,
    ]),
    `hostname ${quote(hostname)}`,
    "read -r stat < /proc/self/stat",
    `printf '%s\\n' "$stat"`,
    "cd /",
    "exec sleep infinity > /dev/null 2>&1 < /dev/null",
    "",
  ].join("\n");
}

/** Outlives the agent, waits for the container and writes down how it ended. */
export function shimScript(enter: readonly string[], startScript: string, exitFile: string): string {
  // `unshare --fork` says 1 for a child that was killed; a shell says 128 + signal. Its first child is the namespace's
  // first process, and after that one ended it can start no other, so it does nothing but report.
  const first = `/bin/sh ${quote(startScript)}; exit $?`;
  return [
    `${enter.map(quote).join(" ")} unshare --mount --propagation private --pid -- /bin/sh -c ${quote(first)}`,
    "code=$?",
    // A full disk must not lose the exit code: the file is what the agent waits for.
    `until printf '%s' "$code" > ${quote(`${exitFile}.new`)} && mv ${quote(`${exitFile}.new`)} ${quote(exitFile)}; do sleep 1; done`,
    "",
  ].join("\n");
}

export interface StartScript {
  readonly plan: ContainerPlan;
  /** The sandbox's folder. */
  readonly sandbox: string;
  /** Where the container's first process writes its /proc/self/stat, as the machine sees it, once the root is made. */
  readonly processFile: string;
}

/** Makes the container's root file system in its own mount namespace and becomes the program. */
export function startScript({ plan, sandbox, processFile }: StartScript): string {
  const root = `${sandbox}/${sandboxPaths.root}`;
  return [
    "set -eu",
    "umask 022",
    "read -r stat < /proc/self/stat",
    `cd ${quote(root)}`,
    "mount -t tmpfs -o mode=0755,size=64m,nosuid,nodev tmpfs .",
    `cd ${quote(root)}`,
    `R=${quote(root)}`,
    ...systemFolders,
    // A file that is replaced in one step cannot be a mount itself, so its folder is one and /etc points into it.
    `mkdir -p etc/.pod etc/ssl/certs etc/alternatives`,
    `mount -o bind,ro,nosuid,nodev ${quote(`${sandbox}/${sandboxPaths.etc}`)} etc/.pod`,
    `ln -s ${etcFiles.map((file) => `.pod/${file}`).join(" ")} etc`,
    "if [ -f /etc/ld.so.cache ]; then cp /etc/ld.so.cache etc/; fi",
    "for d in etc/ssl/certs etc/alternatives; do if [ -d /$d ]; then mount -o bind,ro,nosuid,nodev /$d $d; fi; done",
    ...programLines(plan),
    mountFunction,
    ...plan.mounts.map(mountLine),
    `mkdir -p ${quote(`.${plan.workingDir}`)}`,
    `printf '%s\\n' "$stat" > ${quote(`${processFile}.new`)}`,
    `mv ${quote(`${processFile}.new`)} ${quote(processFile)}`,
    "pivot_root . .old",
    "cd /",
    "umount -l /.old",
    "rmdir /.old",
    "mount -o remount,bind,ro,nosuid,nodev /usr/local",
    ...(plan.readOnlyRoot ? ["mount -o remount,bind,ro,nosuid,nodev /"] : []),
    "unset R stat d",
    becomeProgram(plan, plan.argv),
    "",
  ].join("\n");
}

/** Runs one more command as the container's user with its environment; read from standard input inside its namespaces. */
export function execScript(plan: ContainerPlan, argv: readonly string[], seconds: number): string {
  return `set -eu\n${becomeProgram(plan, ["timeout", "-s", "KILL", String(seconds), ...argv])}\n`;
}

function becomeProgram(plan: ContainerPlan, argv: readonly string[]): string {
  const bounding = ["-all", ...plan.capabilities.map((c) => `+${c}`)].join(",");
  const groups = plan.groups.length > 0 ? `--groups=${plan.groups.join(",")}` : "--clear-groups";
  const identity = plan.asDeclaredUser ? `--reuid=${plan.user} --regid=${plan.group} ${groups} ` : "";
  return [
    `cd ${quote(plan.workingDir)}`,
    // The environment is exported by the shell, since arguments are visible to every user of the machine.
    ...[...plan.env].map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec /usr/bin/setpriv ${identity}--no-new-privs --inh-caps=-all --bounding-set=${bounding} -- ${argv.map(quote).join(" ")}`,
  ].join("\n");
}

/** The machine's own programs and libraries, read-only; devices and processes as container runtimes show them. */
const systemFolders = [
  "mkdir usr etc proc dev run var .old",
  "ln -s ../run var/run",
  "mkdir -m 1777 tmp var/tmp",
  "mount -o bind,ro,nosuid,nodev /usr usr",
  "for d in bin sbin lib lib32 lib64; do if [ -L /$d ]; then cp -P /$d $d; elif [ -d /$d ]; then mkdir $d; mount -o bind,ro,nosuid,nodev /$d $d; fi; done",
  "mount -t proc -o nosuid,nodev,noexec proc proc",
  "for d in sys sysrq-trigger irq bus fs; do if [ -e proc/$d ]; then mount -o bind,ro,nosuid,nodev,noexec proc/$d proc/$d; fi; done",
  "for d in kcore keys timer_list; do if [ -e proc/$d ]; then mount --bind /dev/null proc/$d; fi; done",
  "mount -t tmpfs -o mode=0755,size=64k,nosuid,noexec tmpfs dev",
  "for d in null zero full random urandom tty; do : > dev/$d; mount --bind /dev/$d dev/$d; done",
  "ln -s /proc/self/fd dev/fd",
  "ln -s fd/0 dev/stdin",
  "ln -s fd/1 dev/stdout",
  "ln -s fd/2 dev/stderr",
  "mkdir dev/shm",
  "mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev,noexec tmpfs dev/shm",
];

function programLines(plan: ContainerPlan): string[] {
  return [
    "mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs usr/local",
    ...plan.files.flatMap((file) => {
      const path = quote(`.${file.path}`);
      const make = `mkdir -p "$(dirname ${path})"`;
      if ("text" in file) return [make, `printf '%s' ${quote(file.text)} > ${path}`, `chmod 0755 ${path}`];
      return [make, `: > ${path}`, `mount -o bind,ro,nosuid,nodev ${quote(file.source)} ${path}`];
    }),
  ];
}

/**
 * Volumes can hold symbolic links that a container planted: neither end of a mount may lead out of the volume or the root.
 */
const mountFunction = [
  "volume() {",
  '  source=$(realpath -e -- "$1") || exit 125',
  '  case "$source/" in "$(realpath -e -- "$2")"/*) ;; *) echo "mount $3: its source $1 leads out of the volume" >&2; exit 125 ;; esac',
  '  target=$(realpath -m -- "$R$3")',
  '  case "$target" in "$R"/*) ;; *) echo "mount $3: leads out of the root file system" >&2; exit 125 ;; esac',
  '  if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "$(dirname "$target")"; [ -e "$target" ] || : > "$target"; fi',
  '  mount -o "bind,nosuid,nodev$4" "$source" "$target"',
  "}",
].join("\n");

function mountLine(mount: Mount): string {
  const source = mount.subPath ? `${mount.source}/${mount.subPath}` : mount.source;
  const make = mount.subPath && !mount.readOnly ? `[ -e ${quote(source)} ] || mkdir -p ${quote(source)}; ` : "";
  return `${make}volume ${quote(source)} ${quote(mount.source)} ${quote(mount.target)} ${mount.readOnly ? "',ro'" : "''"}`;
}
