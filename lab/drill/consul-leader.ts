import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import { quorum } from "../fleet/quorum";
import { consulAddresses, consulServers, type RegionName } from "../layout";

const configuration = z.object({ Servers: z.array(z.object({ ID: z.string(), Node: z.string() })) });

/**
 * Hands the quorum's leadership to a server inside or outside of a region, so that a drill can say which of the two it was.
 * https://developer.hashicorp.com/consul/api-docs/operator/raft
 * @throws when Consul refuses, or the leader has not moved within 30 s
 */
export async function placeLeader(region: RegionName, where: "inside" | "outside"): Promise<void> {
  const wanted = consulServers.filter((server) => (server.site === region) === (where === "inside"));
  let leader = (await quorum()).leader;
  const placed = (): boolean => wanted.some((server) => server.name === leader);
  if (placed()) return;
  const any = consulAddresses(region)[0] ?? "";
  const { Servers } = configuration.parse(await (await fetch(`${any}/v1/operator/raft/configuration`)).json());
  const target = Servers.find((server) => wanted.some((w) => w.name === server.Node));
  if (target === undefined) throw new Error(`no Consul server ${where} region ${region} is a voter: ${Servers.map((s) => s.Node).join(", ")}`);
  // Refused for some seconds after a region came back: the leader does not know its servers' addresses yet.
  let refusal = "";
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const answer = await fetch(`${any}/v1/operator/raft/transfer-leader?id=${target.ID}`, { method: "POST" });
    refusal = answer.ok ? "" : `, which Consul refused: ${answer.status} ${await answer.text()}`;
    await sleep(1_000);
    leader = (await quorum()).leader;
    if (placed()) return;
  }
  throw new Error(`Consul's leader is ${leader ?? "nobody"} after 30 s of handing the leadership to ${target.Node}${refusal}`);
}
