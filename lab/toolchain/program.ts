export type ProgramName = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "consul" | "vault" | "cometbft" | "prometheus" | "promtool" | "alertmanager";

/** Where a program comes from when the machine does not have it. */
export interface Program {
  /** Exact, without a leading v. */
  readonly version: string;
  /** Arguments that make it print its version. */
  readonly versionArguments: readonly string[];
  readonly vendor?: VendorRelease;
  /** Name of an entry of `debianPackages`. */
  readonly debian?: { readonly package: string; readonly path: string };
  readonly go?: { readonly module: GoModuleName; readonly package: string };
}

/** A file of the vendor's release. `{version}`, `{os}` and `{arch}` are filled in, the latter two as Go says them. */
export interface VendorRelease {
  readonly url: string;
  /** Address of the SHA-256 sums: lines of sum and file name, or one sum alone. */
  readonly sums: string;
  /** Path inside the archive; the downloaded file is the program itself without it. */
  readonly member?: string;
}

export interface DebianPackage {
  /** Start of the package's version, up to Debian's own part. */
  readonly version: string;
  /** Services that the package would start, now or when the machine starts. */
  readonly services: readonly string[];
}

export type GoModuleName = "kubernetes" | "consul" | "vault" | "cometbft" | "alertmanager";

/** A folder beside this file with go.mod and go.sum. */
export interface GoModule {
  readonly ldflags: readonly string[];
  /** Bytes that its modules and the build cache take while it is being built, at most. */
  readonly disk: number;
}

/** Everything that the toolchain knows; tests give a smaller one. */
export interface Catalogue<Name extends string = ProgramName> {
  readonly programs: Readonly<Record<Name, Program>>;
  readonly debianPackages: Readonly<Record<string, DebianPackage>>;
  readonly goModules: Readonly<Partial<Record<GoModuleName, GoModule>>>;
}

export type Report = (line: string) => void;

/** Where the toolchain works. */
export interface ToolchainPlace {
  /** The checkout: the pinned Go modules lie in its `lab/toolchain`. */
  readonly root: string;
  /** `${XDG_CACHE_HOME:-~/.cache}/chainstead`. */
  readonly cache: string;
  /** Environment of the commands that are run. @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends what is under way; what is built so far is kept for the next run. */
  readonly signal?: AbortSignal;
}

/** A way to get programs. It gets those it can and tells why it cannot get the others. */
export interface Source<Name extends string = ProgramName> {
  /** For people: "vendor release", "Debian package" ... */
  readonly name: string;
  /** @returns absolute path of the program, or why this source does not have it */
  provide(names: readonly Name[], catalogue: Catalogue<Name>, context: SourceContext): Promise<Readonly<Partial<Record<Name, Outcome>>>>;
}

export type Outcome = { readonly path: string } | { readonly reason: string };

export interface SourceContext {
  readonly place: ToolchainPlace;
  /** Says what is being done, with the time it takes and which of how many it is. */
  during<T>(what: string, names: readonly string[], work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
}

/** `linux` and `amd64` or `arm64`, as Go and the vendors' releases say it. */
export function platform(): { readonly os: string; readonly arch: string } {
  return { os: process.platform, arch: process.arch === "x64" ? "amd64" : process.arch };
}
