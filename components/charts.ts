/** Third-party charts, exact. Each line says what holds it back. Newest on 2026-08-22 unless said otherwise. */
export interface ChartPin {
  readonly chart: string;
  readonly repository: string;
  readonly version: string;
  readonly why: string;
}

export const charts = {
  vault: {
    chart: "vault",
    repository: "https://helm.releases.hashicorp.com",
    version: "0.34.1",
    why: "Its own default is Vault 2.0.4; the server's image is taken from components/versions.ts, the version that the local environment proves.",
  },
  prometheus: {
    chart: "kube-prometheus-stack",
    repository: "https://prometheus-community.github.io/helm-charts",
    version: "88.5.3",
    why: "Prometheus operator 0.93.1.",
  },
  falco: {
    chart: "falco",
    repository: "https://falcosecurity.github.io/charts",
    version: "9.1.0",
    why: "Falco 0.44.1, whose modern_ebpf driver runs on Bottlerocket.",
  },
} as const satisfies Record<string, ChartPin>;
