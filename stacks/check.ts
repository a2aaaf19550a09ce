/** Judges declarations before anything is built: all problems at once, each with environment, field, value and remedy. */
import { chains } from "../chains";
import { catalogueOf, type Catalogue } from "./check/catalogue";
import { chainFindings, fleetProblems } from "./check/chains";
import { addressFindings, regionNameFindings, zoneAddressFindings, zoneFindings } from "./check/network";
import type { Finding, Problem } from "./check/problem";
import { domainFindings, voterCountFindings, voterFindings, witnessFindings } from "./check/quorum";
import { shapeFindings } from "./check/shape";
import { followFindings, leaseFindings, roundTripFindings } from "./check/timing";
import type { Environment } from "./types";

export { describe, type Problem } from "./check/problem";
export { catalogueOf, type Catalogue } from "./check/catalogue";

/** A rule reads only these fields; it is left out when one of them has not the right shape, which is reported by itself. */
interface Rule {
  readonly reads: readonly string[];
  readonly find: (environment: Environment, catalogue: Catalogue) => readonly Finding[];
}

const rules: readonly Rule[] = [
  { reads: ["regions"], find: regionNameFindings },
  { reads: ["regions"], find: zoneFindings },
  { reads: ["regions", "witness"], find: addressFindings },
  { reads: ["regions"], find: zoneAddressFindings },
  { reads: ["purpose", "fence.voters"], find: voterCountFindings },
  { reads: ["regions", "fence.voters"], find: domainFindings },
  { reads: ["purpose", "fence.voters"], find: voterFindings },
  { reads: ["regions", "witness"], find: witnessFindings },
  { reads: ["fence.lease", "chains"], find: leaseFindings },
  { reads: ["fence.lease", "fence.roundTripMs"], find: roundTripFindings },
  { reads: ["fence.roundTripMs", "chains"], find: followFindings },
  { reads: ["purpose", "regions", "chains"], find: chainFindings },
];

function touches(field: string, read: string): boolean {
  const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return within(field, read) || within(read, field);
}

/** Definitions of all chains, as the rules see them. */
export const catalogue: Catalogue = catalogueOf(chains);

/** Everything wrong with one environment. Empty when it may be built. */
export function checkEnvironment(environment: Environment, definitions: Catalogue = catalogue): readonly Problem[] {
  const shape = shapeFindings(environment);
  const findings = rules
    .filter((rule) => !shape.some((found) => rule.reads.some((read) => touches(found.field, read))))
    .flatMap((rule) => rule.find(environment, definitions));
  return [...shape, ...findings].map((found) => ({ environment: environment.name, ...found }));
}

/** What environments must not share. Those with problems of their own are left out: they are reported already. */
function sharedProblems(environments: readonly Environment[], definitions: Catalogue): readonly Problem[] {
  const names = environments.map((environment) => environment.name);
  const twice = names.flatMap((name, i) =>
    names.indexOf(name) < i ? [{ environment: name, field: "name", value: name, what: "Two environments have the same name, so their stacks would be one and the same", remedy: "give each environment its own name" }] : [],
  );
  return [...twice, ...fleetProblems(environments.filter((environment) => checkEnvironment(environment, definitions).length === 0), definitions)];
}

/** Everything wrong with all environments: each by itself, then what they must not share. */
export function checkFleet(environments: readonly Environment[], definitions: Catalogue = catalogue): readonly Problem[] {
  return [...environments.flatMap((environment) => checkEnvironment(environment, definitions)), ...sharedProblems(environments, definitions)];
}

/** What stands against building one environment. Problems that only concern others do not: a broken declaration must not block their update. */
export function checkStack(environment: Environment, environments: readonly Environment[], definitions: Catalogue = catalogue): readonly Problem[] {
  return [...checkEnvironment(environment, definitions), ...sharedProblems(environments, definitions).filter((problem) => problem.environment === environment.name)];
}
