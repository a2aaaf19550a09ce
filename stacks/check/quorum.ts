/** The fence quorum: Consul servers that outlive the loss of any one failure domain. */
import type { Environment } from "../types";
import { finding, type Finding } from "./problem";

const witnessDomain = "witness";

export function voterCountFindings(environment: Environment): readonly Finding[] {
  const { voters } = environment.fence;
  const count = voters.length;
  const found: Finding[] = [];
  if (count % 2 === 0) found.push(finding("fence.voters", count, "The number of voters is even: one more server without one more tolerated loss", "declare an odd number, 2 + 2 + 1"));
  if (count < 5 && environment.purpose !== "lab") {
    found.push(finding("fence.voters", count, "Fewer than five voters do not survive a region's loss during a server's upgrade", "declare five voters, 2 + 2 + 1"));
  }
  return found;
}

export function domainFindings(environment: Environment): readonly Finding[] {
  const { voters } = environment.fence;
  const known = [...environment.regions.map((region) => region.name), witnessDomain];
  const found = voters.flatMap((voter, i) =>
    known.includes(voter.domain) ? [] : [finding(`fence.voters[${i}].domain`, voter.domain, "There is no such failure domain", `use one of ${known.join(", ")}`)],
  );
  const domains = new Map<string, number>();
  for (const voter of voters) domains.set(voter.domain, (domains.get(voter.domain) ?? 0) + 1);
  if (domains.size < 3) {
    found.push(finding("fence.voters", [...domains.keys()], `The voters stand in ${domains.size} failure domains; the loss of one must leave a majority`, `place voters in ${known.join(", ")}`));
    return found;
  }
  for (const [domain, count] of domains) {
    if (count * 2 >= voters.length) found.push(finding("fence.voters", { [domain]: count }, `Without ${domain} the remaining ${voters.length - count} of ${voters.length} voters are no majority`, "spread them 2 + 2 + 1"));
  }
  return found;
}

export function voterFindings(environment: Environment): readonly Finding[] {
  const { voters } = environment.fence;
  return voters.flatMap((voter, i) => {
    const field = `fence.voters[${i}]`;
    const earlier = voters.slice(0, i);
    return [
      ...(earlier.some((other) => other.name === voter.name) ? [finding(`${field}.name`, voter.name, "Two voters have the same name", "name each Consul server once")] : []),
      ...(earlier.some((other) => other.address === voter.address) ? [finding(`${field}.address`, voter.address, "Two voters have the same address", "give each Consul server its own address")] : []),
      ...(environment.purpose !== "lab" && !voter.address.startsWith("https://")
        ? [finding(`${field}.address`, voter.address, "The fence document would travel unencrypted", "use the server's https address")]
        : []),
    ];
  });
}

export function witnessFindings(environment: Environment): readonly Finding[] {
  const { witness } = environment;
  const same = environment.regions.find((region) => region.cloud === witness.cloud && region.name === witness.region);
  return same
    ? [finding("witness.region", witness.region, `The witness stands in region ${same.name} and would be lost with it`, "choose a third region, or another cloud, near both")]
    : [];
}
