import { stringify } from "yaml";
import { instanceName, type AlertRule, type ChainName } from "../../chains/definition";

export interface InstanceRules {
  readonly chain: ChainName;
  readonly network: string;
  readonly rules: readonly AlertRule[];
}

/** Seconds between two evaluations: with 5 s scrapes and 5 s of grouping a missed block pages well within a minute. */
const interval = "5s";

/** The rules document of Prometheus: one group for each chain on each network, so that a slow one delays no other. */
export function rulesDocument(instances: readonly InstanceRules[]): string {
  return stringify({ groups: instances.map(group) }, { lineWidth: 0 });
}

function group({ chain, network, rules }: InstanceRules): unknown {
  const instance = instanceName(chain, network);
  return {
    name: `chainstead.${instance}`,
    interval,
    rules: rules.map((rule) => ({
      alert: rule.alert,
      expr: rule.expr,
      for: rule.for,
      // absent() knows only the labels of its own selector, so they are set here for all alike.
      labels: { severity: rule.severity, cause: rule.cause, chain, network, instance },
      annotations: { summary: rule.summary, action: rule.action },
    })),
  };
}
