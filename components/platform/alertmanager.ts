import { stringify } from "yaml";

/** Who is told, and how. No secret is in it: they are files in Alertmanager's pod. */
export interface Receivers {
  readonly slack: {
    /** File with the webhook's address, which is itself the secret. @default /etc/alertmanager/secrets/slack-webhook-url */
    readonly webhookFile?: string;
    /** @default "#page" */
    readonly pageChannel?: string;
    /** @default "#tickets" */
    readonly ticketChannel?: string;
  };
  readonly smtp: {
    /** `<host>:<port>`. */
    readonly smarthost: string;
    readonly from: string;
    readonly to: string;
    /** Refuse to send without TLS. */
    readonly tls: boolean;
    /** With a user name, its password is read from /etc/alertmanager/secrets/smtp-password. @default none */
    readonly username?: string;
  };
}

export const secretFolder = "/etc/alertmanager/secrets";

/** The text of `alertmanager.yml`. */
export function alertmanagerDocument(receivers: Receivers): string {
  const { slack, smtp } = receivers;
  const slackTo = (channel: string): unknown => ({
    channel,
    api_url_file: slack.webhookFile ?? `${secretFolder}/slack-webhook-url`,
    send_resolved: true,
    title: '[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.instance }}',
    text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ if .Labels.region }} (seen in region {{ .Labels.region }}){{ end }}\n{{ .Annotations.action }}\n{{ end }}',
  });
  const mail = {
    to: smtp.to,
    from: smtp.from,
    smarthost: smtp.smarthost,
    require_tls: smtp.tls,
    send_resolved: true,
    ...(smtp.username === undefined ? {} : { auth_username: smtp.username, auth_password_file: `${secretFolder}/smtp-password` }),
  };
  const page = slackTo(slack.pageChannel ?? "#page");
  const ticket = slackTo(slack.ticketChannel ?? "#tickets");
  const document = {
    route: {
      receiver: "ticket",
      group_by: ["alertname", "instance", "severity"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      // 5 s of waiting collects what belongs together and still leaves a page far below a minute.
      routes: [{ receiver: "page", matchers: ['severity="page"'], group_wait: "5s", group_interval: "30s", repeat_interval: "15m" }],
    },
    // No inhibition: with four kinds of alert a page is never held back because of another one.
    receivers: [
      { name: "page", slack_configs: [page], email_configs: [mail] },
      { name: "ticket", slack_configs: [ticket] },
    ],
  };
  return stringify(document, { lineWidth: 0 });
}
