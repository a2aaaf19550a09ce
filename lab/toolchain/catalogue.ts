import type { Catalogue, Program } from "./program";

const gib = 1024 ** 3;

/** One release for all of them; `kubernetes/go.mod` pins the same. */
const kubernetesVersion = "1.36.3";

function kubernetes(name: string): Program {
  const url = `https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/${name}`;
  return {
    version: kubernetesVersion,
    versionArguments: ["--version"],
    vendor: { url, sums: `${url}.sha256` },
    go: { module: "kubernetes", package: `k8s.io/kubernetes/cmd/${name}` },
  };
}

function hashicorp(name: "consul" | "vault", version: string): Program {
  const release = `https://releases.hashicorp.com/${name}/{version}/${name}_{version}`;
  return {
    version,
    versionArguments: ["version"],
    vendor: { url: `${release}_{os}_{arch}.zip`, sums: `${release}_SHA256SUMS`, member: name },
    go: { module: name, package: `github.com/hashicorp/${name}` },
  };
}

function prometheusProject(project: "prometheus" | "alertmanager", program: string, version: string): Program {
  const release = `https://github.com/prometheus/${project}/releases/download/v{version}`;
  const folder = `${project}-{version}.{os}-{arch}`;
  return {
    version,
    versionArguments: ["--version"],
    vendor: { url: `${release}/${folder}.tar.gz`, sums: `${release}/sha256sums.txt`, member: `${folder}/${program}` },
  };
}

const prometheusVersion = "2.42.0";
const alertmanagerVersion = "0.28.1";
const etcdRelease = "https://github.com/etcd-io/etcd/releases/download/v{version}";
const etcdFolder = "etcd-v{version}-{os}-{arch}";

/** What the lab runs, exactly. Production runs the same Consul, Vault and Kubernetes: what is proven is what is deployed. */
export const catalogue: Catalogue = {
  programs: {
    // Debian 12's release: held back to it so that every source gives the same. It serves the API server below.
    etcd: {
      version: "3.4.23",
      versionArguments: ["--version"],
      vendor: { url: `${etcdRelease}/${etcdFolder}.tar.gz`, sums: `${etcdRelease}/SHA256SUMS`, member: `${etcdFolder}/etcd` },
      debian: { package: "etcd-server", path: "/usr/bin/etcd" },
    },
    "kube-apiserver": kubernetes("kube-apiserver"),
    "kube-controller-manager": kubernetes("kube-controller-manager"),
    "kube-scheduler": kubernetes("kube-scheduler"),
    consul: hashicorp("consul", "1.22.7"),
    vault: hashicorp("vault", "1.21.1"),
    cometbft: { version: "1.0.1", versionArguments: ["version"], go: { module: "cometbft", package: "github.com/cometbft/cometbft/cmd/cometbft" } },
    prometheus: { ...prometheusProject("prometheus", "prometheus", prometheusVersion), debian: { package: "prometheus", path: "/usr/bin/prometheus" } },
    promtool: { ...prometheusProject("prometheus", "promtool", prometheusVersion), debian: { package: "prometheus", path: "/usr/bin/promtool" } },
    // Debian's is years older and needs its own package's files.
    alertmanager: {
      ...prometheusProject("alertmanager", "alertmanager", alertmanagerVersion),
      go: { module: "alertmanager", package: "github.com/prometheus/alertmanager/cmd/alertmanager" },
    },
  },
  debianPackages: {
    "etcd-server": { version: "3.4.23", services: ["etcd"] },
    prometheus: { version: "2.42.0", services: ["prometheus"] },
  },
  goModules: {
    // Without these the servers call themselves v0.0.0, and clients pick API versions by it.
    kubernetes: {
      ldflags: [`-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`, "-X k8s.io/component-base/version.gitMajor=1", "-X k8s.io/component-base/version.gitMinor=36", "-X k8s.io/component-base/version.gitTreeState=clean"],
      disk: 3 * gib,
    },
    consul: { ldflags: [], disk: 3 * gib },
    vault: { ldflags: [], disk: 7 * gib },
    cometbft: { ldflags: [], disk: 1 * gib },
    alertmanager: { ldflags: [`-X github.com/prometheus/common/version.Version=${alertmanagerVersion}`], disk: 1 * gib },
  },
};
