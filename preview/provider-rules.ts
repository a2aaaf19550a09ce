import type { RegisteredResource } from "./backend";
import { isProviderType, newUrn, packageOf } from "./urn";
import { unknownSentinel } from "./wire/struct";

/** Which packages may be used without naming a provider. */
export interface ProviderRules {
  readonly stack: string;
  readonly project: string;
  /** Packages named in `pulumi:disable-default-providers`; "*" means all. */
  readonly disabledDefaults: ReadonlySet<string>;
}

/** Reads the value of `pulumi:disable-default-providers`: a JSON list of packages. */
export function disabledDefaultProviders(configured: string | undefined): ReadonlySet<string> {
  if (configured === undefined) return new Set();
  let list: unknown;
  try {
    list = JSON.parse(configured);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list)) throw new Error(`Configuration pulumi:disable-default-providers is ${JSON.stringify(configured)}; it has to be a list of packages, such as ["aws"] or ["*"].`);
  return new Set(list.map(String));
}

type Subject = Pick<RegisteredResource, "type" | "name" | "custom" | "remote"> & Partial<Pick<RegisteredResource, "provider" | "version">>;

/**
 * The provider a resource uses: the one it names, the one handed to its component parent, or the package's default provider.
 * @returns a reference `urn::id`; undefined where there is none (components, providers, Pulumi's own types)
 * @throws Error when only a default provider would do and those are disabled
 */
export function providerFor(rules: ProviderRules, subject: Subject, parent: RegisteredResource | undefined, where: string): string | undefined {
  if ((!subject.custom && !subject.remote) || isProviderType(subject.type)) return subject.provider;
  if (subject.provider) return subject.provider;
  const pkg = packageOf(subject.type);
  if (pkg === "pulumi") return undefined;
  const handedDown = parent?.providers[pkg];
  if (handedDown) return handedDown;
  if (rules.disabledDefaults.has("*") || rules.disabledDefaults.has(pkg)) {
    throw new Error(`Default provider for '${pkg}' disabled. '${subject.type}' must use an explicit provider ('${subject.name}', ${where}).`);
  }
  return `${defaultProviderUrn(rules, pkg, subject.version)}::${unknownSentinel}`;
}

/** The URN of the provider the engine makes by itself: `default`, or `default_7_48_0` when the SDK says its version. */
function defaultProviderUrn(rules: ProviderRules, pkg: string, version: string | undefined): string {
  return newUrn(rules.stack, rules.project, undefined, `pulumi:providers:${pkg}`, version ? `default_${version.replace(/[.+-]/g, "_")}` : "default");
}
