import { parse } from "yaml";
import { alertmanagerDocument, type Receivers } from "../../../components/platform/alertmanager";
import { Monitoring } from "../../../components/platform/monitoring";
import { scrapeDocument } from "../../../components/platform/scrape";
import { documents } from "../../../lab/servers/monitoring-sync";
import { Recorder, settled } from "../../support/pulumi-mocks";

const receivers: Receivers = { slack: {}, smtp: { smarthost: "198.18.0.50:9302", from: "a@chainstead.test", to: "b@chainstead.test", tls: false } };

describe("Monitoring", () => {
  const recorder = new Recorder();

  beforeAll(async () => {
    await recorder.install();
    new Monitoring("local-a-monitoring", { instances: [{ chain: "cosmos", network: "local" }, { chain: "dummy", network: "local" }], receivers });
    await settled();
  });

  it("registers one document each", () => {
    expect(recorder.children()).toEqual([
      "chainstead:platform:Monitoring local-a-monitoring",
      "kubernetes:core/v1:ConfigMap local-a-monitoring-alertmanager",
      "kubernetes:core/v1:ConfigMap local-a-monitoring-rules",
      "kubernetes:core/v1:ConfigMap local-a-monitoring-scrape",
      "kubernetes:core/v1:Namespace local-a-monitoring-namespace",
    ]);
  });

  it("renders what the local environment looks for", () => {
    const maps = ["alertmanager", "rules", "scrape"].map((role) => recorder.inputsOf<{ metadata: { name: string }; data: Record<string, string> }>(`local-a-monitoring-${role}`));
    const found = documents(maps);
    expect(Object.keys(found.rules ?? {})).toEqual(["prometheus-rules-rules.yaml"]);
    expect(found.scrapeConfigs).toBe(scrapeDocument());
    expect(found.alertmanager).toBe(alertmanagerDocument(receivers));
  });
});

describe("alertmanagerDocument", () => {
  const text = alertmanagerDocument({ ...receivers, smtp: { ...receivers.smtp, username: "chainstead", tls: true } });

  it("has no secret, only the files that hold them", () => {
    expect(text).not.toMatch(/hooks\.slack\.com|api_url:|auth_password:/);
    expect(text).toContain("api_url_file: /etc/alertmanager/secrets/slack-webhook-url");
    expect(text).toContain("auth_password_file: /etc/alertmanager/secrets/smtp-password");
  });

  it("waits 5 s before a page, tells Slack and mail, and holds no page back", () => {
    const document = parse(text) as { route: { routes: { matchers: string[]; group_wait: string; receiver: string }[] }; inhibit_rules?: unknown; receivers: { name: string; slack_configs?: unknown[]; email_configs?: unknown[] }[] };
    expect(document.route.routes).toEqual([expect.objectContaining({ matchers: ['severity="page"'], group_wait: "5s", receiver: "page" })]);
    expect(document.inhibit_rules).toBeUndefined();
    expect(document.receivers.find((r) => r.name === "page")).toMatchObject({ slack_configs: [{ channel: "#page" }], email_configs: [{ to: "b@chainstead.test", require_tls: true }] });
  });
});

describe("scrapeDocument", () => {
  it("finds our pods' ports by name and labels every sample alike", () => {
    const { scrape_configs: jobs } = parse(scrapeDocument()) as { scrape_configs: { job_name: string; relabel_configs: { target_label?: string; regex?: string }[] }[] };
    expect(jobs.map((job) => job.job_name)).toEqual(["chainstead-gate", "chainstead-probe", "chainstead-metrics"]);
    for (const job of jobs) {
      expect(job.relabel_configs.flatMap((rule) => rule.target_label ?? [])).toEqual(["chain", "network", "instance", "region", "process", "pod"]);
    }
  });
});
