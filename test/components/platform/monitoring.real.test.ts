import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { chainNames, chains } from "../../../chains";
import type { AlertRule } from "../../../chains/definition";
import { rulesDocument } from "../../../components/platform/rules";
import { scrapeDocument } from "../../../components/platform/scrape";
import { writeMonitoringFiles } from "../../../lab/servers/monitoring-files";
import { serverProgram } from "../../support/server-program";

/** Prometheus' own tool reads our documents and runs our alerts over made-up series. No server is started. */
const promtool = serverProgram("promtool");
const folder = mkdtempSync(join(tmpdir(), "chainstead-rules-"));
const one = 'chain="cosmos",network="local",instance="cosmos-local",region="a"';
const gate = `${one},role="active"`;
const labels = { chain: "cosmos", network: "local", instance: "cosmos-local", severity: "page" };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(...argv: string[]): string {
  const run = spawnSync(promtool, argv, { cwd: folder, encoding: "utf8" });
  const said = `${run.stdout}${run.stderr}`;
  if (run.status !== 0) {
    throw new Error(`promtool ${argv.join(" ")}:\n${said}`);
  }
  return said;
}

interface Series {
  readonly series: string;
  readonly values: string;
}

/** A healthy chain, 5 s a step; single series are replaced in the cases below. */
function series(changes: Readonly<Record<string, string>> = {}): Series[] {
  const healthy: Record<string, string> = {
    [`chainstead_probe_up{${one}}`]: "1x120",
    [`chainstead_head_height{${one}}`]: "100+1x120",
    [`chainstead_head_time_seconds{${one}}`]: "0+5x120",
    [`chainstead_reference_height{${one}}`]: "100+1x120",
    [`chainstead_lease_held{${one}}`]: "1x120",
    [`chainstead_validator_in_set{${one}}`]: "1x120",
    [`chainstead_validator_consecutive_missed{${one}}`]: "0x120",
    [`chainstead_evidence_total{${one}}`]: "0x120",
    [`chainstead_gate_doppelganger{${one}}`]: "0x120",
    [`chainstead_gate_role{${gate}}`]: "1x120",
  };
  return Object.entries({ ...healthy, ...changes })
    .filter(([, values]) => values !== "")
    .map(([name, values]) => ({ series: name, values }));
}

interface Case {
  readonly name: string;
  readonly changes?: Readonly<Record<string, string>>;
  /** Cause -> region label expected, at the second given; an empty object means that nothing fires. */
  readonly at: number;
  readonly firing: Readonly<Record<string, string | undefined>>;
}

const cases: Case[] = [
  { name: "healthy", at: 200, firing: {} },
  { name: "two misses are no page", changes: { [`chainstead_validator_consecutive_missed{${one}}`]: "0x10 1 2 0x40" }, at: 60, firing: {} },
  { name: "the third miss pages at once", changes: { [`chainstead_validator_consecutive_missed{${one}}`]: "0x10 1 2 3 4 5 6 7x40" }, at: 65, firing: { missed: undefined } },
  { name: "out of the set", changes: { [`chainstead_validator_in_set{${one}}`]: "1x10 0x110" }, at: 120, firing: { "not-in-set": undefined } },
  { name: "nobody holds the lease", changes: { [`chainstead_lease_held{${one}}`]: "1x10 0x110" }, at: 75, firing: { "no-lease": undefined } },
  { name: "evidence from one look to the next", changes: { [`chainstead_evidence_total{${one}}`]: "0x10 1x110" }, at: 60, firing: { evidence: undefined } },
  { name: "evidence that was there at the first look", changes: { [`chainstead_evidence_total{${one}}`]: "_x10 1x110" }, at: 60, firing: { evidence: undefined } },
  { name: "somebody else signs with our key", changes: { [`chainstead_gate_doppelganger{${one}}`]: "0x10 1x110" }, at: 60, firing: { "foreign-signature": undefined } },
  { name: "the own node is gone", changes: { [`chainstead_probe_up{${one}}`]: "1x10 0x110" }, at: 80, firing: { blind: "a" } },
  { name: "no new block", changes: { [`chainstead_head_time_seconds{${one}}`]: "0+5x10 50x110" }, at: 110, firing: { blind: "a" } },
  { name: "the own node is behind", changes: { [`chainstead_reference_height{${one}}`]: "100+1x10 121+1x110" }, at: 90, firing: { blind: "a" } },
  { name: "the gate says nothing", changes: { [`chainstead_lease_held{${one}}`]: "1x10 _x110" }, at: 400, firing: { blind: undefined } },
];

describe("what Prometheus is told", () => {
  const rules = chainNames.flatMap((chain) => Object.keys(chains[chain].networks).map((network) => ({ chain, network, rules: chains[chain].alerts(network) })));

  it("accepts the rules of every chain and network", () => {
    writeFileSync(join(folder, "all.yaml"), rulesDocument(rules));
    expect(check("check", "rules", "all.yaml")).toContain(`${rules.reduce((sum, each) => sum + each.rules.length, 0)} rules found`);
  });

  it("accepts the scrape document", () => {
    // Debian's Prometheus has no Kubernetes discovery, so the local environment swaps that one part.
    writeMonitoringFiles(folder, "a", { scrapeConfigs: scrapeDocument() });
    expect(check("check", "config", "--syntax-only", join("config", "monitoring-a", "prometheus.yml"))).toContain("SUCCESS");
  });

  it.each(cases)("fires as it should: $name", ({ changes, at, firing }) => {
    writeFileSync(join(folder, "cosmos.yaml"), rulesDocument(rules.filter((each) => each.chain === "cosmos" && each.network === "local")));
    const rulesOfLocal = chains.cosmos.alerts("local");
    const alertTests = [...new Set(rulesOfLocal.map(({ alert }) => alert))].map((alertname) => ({
      eval_time: `${at}s`,
      alertname,
      exp_alerts: rulesOfLocal.filter((rule) => rule.alert === alertname && rule.cause in firing).map((rule) => expected(rule, firing[rule.cause])),
    }));
    const document = { rule_files: ["cosmos.yaml"], evaluation_interval: "5s", tests: [{ interval: "5s", input_series: series(changes), alert_rule_test: alertTests }] };
    writeFileSync(join(folder, "test.yaml"), stringify(document, { lineWidth: 0 }));
    expect(check("test", "rules", "test.yaml")).toContain("SUCCESS");
  });
});

function expected({ cause, summary, action }: AlertRule, region: string | undefined): unknown {
  return { exp_labels: { ...labels, cause, ...(region === undefined ? {} : { region }) }, exp_annotations: { summary, action } };
}
