import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { chains } from "../../chains";
import type { ChainName } from "../../chains/definition";
import { charts } from "../charts";
import { alertmanagerDocument, secretFolder, type Receivers } from "./alertmanager";
import { priorityClassNames } from "./priorities";
import { namespaceArgs, releaseArgs } from "./release";
import { rulesDocument } from "./rules";
import { scrapeDocument } from "./scrape";

export interface PrometheusArgs {
  /** Every chain on every network that the region runs. */
  readonly instances: readonly { readonly chain: ChainName; readonly network: string }[];
  readonly receivers: Receivers;
  /** Added to everything that leaves the region. */
  readonly region: string;
  readonly storageClass: pulumi.Input<string>;
}

/** Name of the Secret whose files the receivers name; operators create it, no stack does. */
export const receiverSecret = "alertmanager-receivers";

/** Prometheus and Alertmanager from the chart, with the same three documents that the local environment's servers read. */
export class Prometheus extends pulumi.ComponentResource {
  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:Prometheus", name, {}, opts);
    // The node exporter reads the node's own file systems and network.
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, namespaceArgs("monitoring", "privileged"), { parent: this });
    new kubernetes.helm.v3.Release(`${name}-release`, releaseArgs(charts.prometheus, "prometheus", namespace.metadata.name, prometheusValues(args)), { parent: this });
    this.registerOutputs({});
  }
}

export function prometheusValues(args: PrometheusArgs): Record<string, unknown> {
  const rules = args.instances.map(({ chain, network }) => ({ chain, network, rules: chains[chain].alerts(network) }));
  const scrape = parse(scrapeDocument()) as { readonly scrape_configs: readonly unknown[] };
  return {
    additionalPrometheusRulesMap: { chainstead: parse(rulesDocument(rules)) as unknown },
    prometheus: {
      prometheusSpec: {
        replicas: 2,
        retention: "30d",
        priorityClassName: priorityClassNames.platform,
        externalLabels: { cluster_region: args.region },
        additionalScrapeConfigs: scrape.scrape_configs,
        storageSpec: { volumeClaimTemplate: { spec: { storageClassName: args.storageClass, resources: { requests: { storage: "100Gi" } } } } },
      },
    },
    alertmanager: {
      config: parse(alertmanagerDocument(args.receivers)) as unknown,
      alertmanagerSpec: {
        replicas: 3,
        priorityClassName: priorityClassNames.platform,
        volumes: [{ name: "receivers", secret: { secretName: receiverSecret } }],
        volumeMounts: [{ name: "receivers", mountPath: secretFolder, readOnly: true }],
      },
    },
    // Its default password is public, and no dashboard of ours exists yet.
    grafana: { enabled: false },
  };
}
