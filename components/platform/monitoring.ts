import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chains } from "../../chains";
import type { ChainName } from "../../chains/definition";
import { alertmanagerDocument, type Receivers } from "./alertmanager";
import { rulesDocument } from "./rules";
import { scrapeDocument } from "./scrape";

export interface MonitoringArgs {
  /** Every chain on every network that the region runs. */
  readonly instances: readonly { readonly chain: ChainName; readonly network: string }[];
  readonly receivers: Receivers;
  /** @default "monitoring" */
  readonly namespace?: string;
}

/**
 * What Prometheus and Alertmanager of a region are told: one rules document, one list of scrape configurations and one
 * `alertmanager.yml`, as ConfigMaps. Whoever runs the two servers reads the same text in every environment.
 */
export class Monitoring extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:platform:Monitoring", name, {}, opts);
    const space = args.namespace ?? "monitoring";
    const rules = args.instances.map(({ chain, network }) => ({ chain, network, rules: chains[chain].alerts(network) }));
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata: { name: space, labels: { "app.kubernetes.io/part-of": "chainstead" } } }, { parent: this });
    const child = { parent: this, dependsOn: namespace };
    new kubernetes.core.v1.ConfigMap(`${name}-rules`, document(space, "prometheus-rules", "rules.yaml", rulesDocument(rules)), child);
    new kubernetes.core.v1.ConfigMap(`${name}-scrape`, document(space, "prometheus-scrape", "scrape_configs.yaml", scrapeDocument()), child);
    new kubernetes.core.v1.ConfigMap(`${name}-alertmanager`, document(space, "alertmanager-config", "alertmanager.yml", alertmanagerDocument(args.receivers)), child);
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}

function document(namespace: string, name: string, file: string, text: string): kubernetes.core.v1.ConfigMapArgs {
  return { metadata: { name, namespace, labels: { "app.kubernetes.io/part-of": "chainstead" } }, data: { [file]: text } };
}
