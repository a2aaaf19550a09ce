import { table } from "./table";
import type { ChainView, FleetView, RegionView } from "./fleet";

/** The status table for people. `now` in milliseconds since 1970. */
export function renderFleet(view: FleetView, now = Date.now()): string {
  const rows = view.chains.flatMap((chain) => chain.regions.map((region, i) => row(chain, region, i === 0, now)));
  const leader = view.quorum.leader === undefined ? "no leader" : `leader ${view.quorum.leader}`;
  const silent = view.quorum.servers.filter((s) => !s.answers).map((s) => s.name);
  const problems = [...view.problems, ...view.chains.flatMap((c) => c.problems)];
  return [
    table(["CHAIN", "ACTIVE", "EPOCH", "REGION", "ROLE", "HEIGHT", "HEAD AGE", "LAST SIGNED", "POD"], rows),
    "",
    `quorum      ${view.quorum.answering} of ${view.quorum.servers.length} servers, ${leader}${silent.length > 0 ? `; silent: ${silent.join(", ")}` : ""}`,
    ...view.chains.filter((c) => c.lastFailover !== undefined).map((c) => `last move   ${c.instance}: ${failoverLine(c)}`),
    ...view.simulated.map((what) => `simulated   ${what}: the lab has no program for its image`),
    ...problems.map((problem) => `PROBLEM     ${problem}`),
  ].join("\n");
}

function failoverLine(chain: ChainView): string {
  const move = chain.lastFailover;
  if (move === undefined) return "none";
  return `${move.at} ${move.from === undefined ? "first claim by" : `${move.from} ->`} ${move.to}, epoch ${move.epoch}, ${move.automatic ? "automatic" : "planned"}: ${move.reason}`;
}

function row(chain: ChainView, view: RegionView, first: boolean, now: number): string[] {
  const { gate, pod } = view;
  const head = gate?.node.headTime === undefined ? "-" : `${Math.max(0, (now - Date.parse(gate.node.headTime)) / 1000).toFixed(1)} s`;
  const signed = gate?.lastSigned === undefined ? "-" : `${gate.lastSigned.h}/${gate.lastSigned.r} ${gate.lastSigned.outcome}`;
  return [
    first ? chain.instance : "",
    first ? (chain.gated ? (chain.active ?? "NONE") : "-") : "",
    first ? String(chain.epoch ?? "-") : "",
    view.region,
    pod?.simulated === true ? "simulated" : (gate?.role ?? (pod === undefined ? "absent" : chain.gated ? "silent" : "running")),
    gate?.node.height === undefined ? "-" : String(gate.node.height),
    head,
    signed,
    pod === undefined ? "-" : pod.ready ? "ready" : "not ready",
  ];
}
