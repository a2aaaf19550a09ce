import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerContext, ServerGroup } from "../../../lab/servers/context";
import { consulQuorum } from "../../../lab/servers/consul";
import { controlPlane } from "../../../lab/servers/control-plane";
import { monitoring } from "../../../lab/servers/monitoring";
import { ensurePki } from "../../../lab/servers/pki";
import { vault } from "../../../lab/servers/vault";
import { sinks } from "../../../lab/sinks";
import { world } from "../../../lab/world/validators";

const state = mkdtempSync(join(tmpdir(), "chainstead-services-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

const context: ServerContext = { lab: "test", state, program: (name) => `/programs/${name}`, labProcess: (...args) => ["/node", "/lab.js", ...args] };

async function everything(): Promise<ServerGroup[]> {
  const pki = await ensurePki(state);
  const perRegion = (["a", "b"] as const).flatMap((region) => [controlPlane(context, region, pki[region]), vault(context, region), monitoring(context, region)]);
  return [consulQuorum(context), ...perRegion, world(context, "local-fast"), { services: [sinks(context)] }];
}

test("every service has a name of its own and an absolute program", async () => {
  const services = (await everything()).flatMap((group) => group.services);
  const names = services.map((service) => service.name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(["etcd-a", "kube-apiserver-b", "consul-w1", "vault-unsealer-b", "prometheus-a", "world-3", "sinks"]));
  for (const service of services) expect(service.argv[0]).toMatch(/^\//);
});

test("no secret is among the arguments, which every user of the machine can read", async () => {
  const pki = await ensurePki(state);
  const secrets = [...Object.values(pki.a.tokens), ...Object.values(pki.b.tokens)];
  const words = (await everything()).flatMap((group) => group.services).flatMap((service) => [...service.argv, ...Object.values(service.env ?? {})]);
  expect(words.filter((word) => secrets.some((secret) => word.includes(secret)))).toEqual([]);
});

test("specs are the same each time, so that a second bring-up restarts nothing", async () => {
  expect(JSON.stringify(await everything())).toBe(JSON.stringify(await everything()));
});

test("the five fence servers form one datacenter that forgets nobody", () => {
  const group = consulQuorum(context, 2);
  expect(group.services.map((service) => service.site)).toEqual(["a", "a", "b", "b", "witness"]);
  const config = JSON.parse(readFileSync(join(state, "config", "consul-b1.json"), "utf8")) as Record<string, unknown>;
  expect(config).toMatchObject({
    datacenter: "chainstead",
    bootstrap_expect: 5,
    bind_addr: "198.18.0.21",
    performance: { raft_multiplier: 2 },
    autopilot: { cleanup_dead_servers: false },
    leave_on_terminate: false,
  });
  expect(config["retry_join"]).toHaveLength(4);
});

test("the API server accepts the audience by which pods log in to Vault, and its etcd listens to its own site alone", async () => {
  const pki = await ensurePki(state);
  const { services } = controlPlane(context, "a", pki.a);
  expect(services.find((service) => service.name === "kube-apiserver-a")?.argv).toContain("--api-audiences=https://kubernetes.default.svc,vault");
  expect(services.find((service) => service.name === "etcd-a")?.argv).toContain("--listen-client-urls=http://127.0.0.1:2379");
});
