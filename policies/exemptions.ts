/** A rule that does not hold somewhere, for a reason, until a day. An exemption that has run out no longer exempts. */
export interface Exemption {
  readonly policy: string;
  readonly stack: RegExp;
  readonly reason: string;
  /** ISO date; the exemption ends at its start, UTC. */
  readonly until: string;
}

export const exemptions: readonly Exemption[] = [
  {
    policy: "signing-state-protected",
    stack: /^local(-|$)/,
    reason: "the local environment and its throw-away key are removed by `make down`",
    until: "2027-12-01",
  },
];

/** Does an exemption cover this policy for this resource's stack today? The stack is the second part of a URN. */
export function exempt(policy: string, urn: string, today: Date = new Date(), list: readonly Exemption[] = exemptions): boolean {
  const stack = urn.split("::")[0]?.split(":")[2] ?? "";
  return list.some((e) => e.policy === policy && e.stack.test(stack) && today.getTime() < Date.parse(`${e.until}T00:00:00Z`));
}
