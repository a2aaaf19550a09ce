import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Backend, Created, RegisteredResource } from "../../preview/backend";
import { evaluateProgram, patience } from "./support";

const root = join(__dirname, "..", "..");

it(
  "evaluates a program of more than a thousand resources, in order",
  async () => {
    const evaluation = await evaluateProgram("many", "preview", { components: "100" });
    expect(evaluation.exitCode).toBe(0);
    expect(evaluation.resources).toHaveLength(1101);
    expect(new Set(evaluation.resources.map(({ resource }) => resource.urn)).size).toBe(1101);
    const place = new Map(evaluation.resources.map(({ resource }, index) => [resource.urn, index]));
    for (const { resource } of evaluation.resources) {
      for (const urn of [...resource.dependencies, ...(resource.parent ? [resource.parent] : [])]) expect(place.get(urn)).toBeLessThan(place.get(resource.urn) ?? -1);
    }
    console.log(`1,101 registrations: ${evaluation.seconds.toFixed(2)} s, ${evaluation.cpuSeconds.toFixed(2)} CPU s`);
  },
  patience,
);

/** Takes a moment for each resource, and watches what is done at once and in which order. */
class SlowBackend implements Backend {
  readonly mode = "apply";
  readonly created = new Set<string>();
  running = 0;
  most = 0;
  finishedAfter = -1;
  failure: string | undefined;
  readonly violations: string[] = [];

  constructor(private readonly failing?: string) {}

  async create(resource: RegisteredResource): Promise<Created> {
    for (const urn of resource.dependencies) if (!this.created.has(urn)) this.violations.push(`${resource.urn} before ${urn}`);
    if (!resource.custom) return { id: "", outputs: {} };
    this.most = Math.max(this.most, ++this.running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.running--;
    if (resource.name === this.failing) throw new Error("the server said no");
    this.created.add(resource.urn);
    return { id: `id-of-${resource.name}`, outputs: { ...resource.inputs, next: "n" } };
  }

  read(): Promise<Created> {
    return Promise.reject(new Error("nothing is read here"));
  }
  invoke(): Promise<never> {
    return Promise.reject(new Error("nothing is invoked here"));
  }
  stackReference(): Promise<never> {
    return Promise.reject(new Error("no other stack here"));
  }
  outputs(): Promise<void> {
    return Promise.resolve();
  }
  finished(): Promise<void> {
    this.finishedAfter = this.created.size;
    return Promise.resolve();
  }
  failed(reason: string): Promise<void> {
    this.failure = reason;
    return Promise.resolve();
  }
}

const program = (backend: Backend): Parameters<typeof evaluateProgram> => ["many", "preview", { components: "5" }, { mode: "apply", backend, parallel: 4 }];

it(
  "applies in dependency order, as many at once as allowed, and finishes when all is declared",
  async () => {
    const backend = new SlowBackend();
    const evaluation = await evaluateProgram(...program(backend));
    expect(evaluation.exitCode).toBe(0);
    expect(backend.violations).toEqual([]);
    expect(backend.most).toBe(4);
    expect(backend.finishedAfter).toBe(50);
    expect(backend.failure).toBeUndefined();
  },
  patience,
);

it(
  "stops at the first thing that cannot be made, and deletes nothing",
  async () => {
    const backend = new SlowBackend("group-2-3");
    const evaluation = await evaluateProgram(...program(backend));
    expect(evaluation.exitCode).toBe(32);
    expect(evaluation.logs.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([expect.stringMatching(/^demo:index:Thing 'group-2-3' \(index\.ts:\d+:\d+\): the server said no$/)]);
    expect(backend.finishedAfter).toBe(-1);
    expect(backend.failure).toBe("the program ended with exit code 32");
    expect([...backend.created].some((urn) => urn.endsWith("group-2-4"))).toBe(false);
  },
  patience,
);

/** Only root may leave the network; others run the same with an empty environment only. */
const withoutNetwork = process.getuid?.() === 0 && spawnSync("unshare", ["-n", "ip", "link", "set", "lo", "up"]).status === 0;

it(
  `needs no environment${withoutNetwork ? " and no network" : ""}`,
  () => {
    const words = [process.execPath, "-r", "ts-node/register/transpile-only", join(root, "test/preview/evaluate-once.ts"), "estate", "synth"];
    const [command = "", ...rest] = withoutNetwork ? ["/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "unshare", "-n", "sh", "-c", 'ip link set lo up && exec env -i "$@"', "sh", ...words] : words;
    const run = spawnSync(command, rest, { cwd: root, env: {}, encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toMatchObject({ exitCode: 0, resources: 14, variables: [] });
  },
  patience,
);
