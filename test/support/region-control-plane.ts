import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { kubeApi, ports, sites } from "../../lab/layout";
import { kubeconfigPath } from "../../lab/servers/kubeconfig";
import { controlPlane } from "../../lab/servers/control-plane";
import { ensurePki } from "../../lab/servers/pki";
import { processesOf, siteNetns, siteNetwork, type SiteNetwork } from "../../lab/sites";
import { serverProgram } from "./server-program";

/** Forwards a unix socket, which a test can open, to the API server, which only the site can reach. */
const relay = `const n=require("net");n.createServer(c=>{const s=n.connect(${ports.kubeApi},"${sites.a.address}");c.pipe(s).pipe(c);for(const x of [c,s])x.on("error",()=>{c.destroy();s.destroy()})}).listen(process.argv[1])`;

export type Answer = Record<string, unknown>;

/** The real control plane of region a in a network of its own, for tests (needs root). */
export class RegionControlPlane {
  readonly network: SiteNetwork;
  readonly started: ChildProcess[] = [];
  private ca = Buffer.alloc(0);
  private token = "";

  private constructor(
    readonly lab: string,
    readonly state: string,
  ) {
    this.network = siteNetwork(lab, state);
  }

  static async start(lab: string): Promise<RegionControlPlane> {
    const plane = new RegionControlPlane(lab, mkdtempSync(join(tmpdir(), "cs-region-")));
    mkdirSync(join(plane.state, "logs"), { mode: 0o700 });
    await plane.network.up();
    const pki = (await ensurePki(plane.state)).a;
    plane.ca = readFileSync(pki.caCert);
    plane.token = pki.tokens.admin;
    const context = { lab, state: plane.state, program: serverProgram, labProcess: () => [] };
    const { services } = controlPlane(context, "a", pki);
    for (const spec of services) plane.spawn(spec.name, spec.argv, spec.env);
    plane.spawn("relay", [process.execPath, "-e", relay, plane.socket]);
    await plane.until("the API server answers", async () => (await plane.call("GET", "/readyz").catch(() => undefined)) !== undefined, 90_000);
    await plane.until("the default namespace is there", async () => (await plane.call("GET", "/api/v1/namespaces/default").catch(() => undefined)) !== undefined);
    return plane;
  }

  get socket(): string {
    return join(this.state, "api.sock");
  }

  get logs(): string {
    return join(this.state, "logs");
  }

  kubeconfig(user: "admin" | "node-agent"): string {
    return kubeconfigPath(this.state, "a", user);
  }

  /** Runs a program in the site; it ends with `stop`. */
  spawn(name: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const log = openSync(join(this.logs, `${name}.log`), "a");
    const [program = "", ...args] = [...this.network.enter("a"), ...argv];
    const child = spawn(program, args, { stdio: ["ignore", log, log], env: { PATH: process.env.PATH, ...env } });
    closeSync(log);
    this.started.push(child);
    return child;
  }

  /** Bundles a TypeScript program whose imports are relative to the repository's root. */
  async bundle(name: string, source: string): Promise<string> {
    const outfile = join(this.state, `${name}.js`);
    const resolveDir = join(__dirname, "../..");
    await build({ stdin: { contents: source, resolveDir, loader: "ts", sourcefile: `${name}.ts` }, outfile, bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "error" });
    return outfile;
  }

  /** Calls the API server as its administrator. @throws when it answers with an error */
  call(method: string, path: string, body?: object, type = "application/json"): Promise<Answer> {
    const data = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": type, Host: new URL(kubeApi("a")).host };
      const outgoing = request({ socketPath: this.socket, servername: "localhost", ca: this.ca, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if ((response.statusCode ?? 500) >= 300) return reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          resolve(text.startsWith("{") ? (JSON.parse(text) as Answer) : { text });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(data);
    });
  }

  async until(what: string, holds: () => Promise<boolean>, ms = 60_000): Promise<number> {
    const began = Date.now();
    while (!(await holds())) {
      if (Date.now() - began > ms) throw new Error(`not within ${ms / 1000} s: ${what} (logs in ${this.logs})`);
      await sleep(100);
    }
    return (Date.now() - began) / 1000;
  }

  /** Ends every process in the network, removes the network and, unless told otherwise, the folder. */
  async stop(keep = false): Promise<void> {
    for (const child of this.started) child.kill("SIGKILL");
    const pods = (await this.network.list()).flatMap((site) => site.pods.map((id) => `cs-${this.lab}-p-${id}`));
    for (let round = 0; round < 20; round++) {
      const left = await processesOf([...pods, siteNetns(this.lab, "a")]);
      if (left.length === 0) break;
      for (const pid of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended by itself.
        }
      }
      await sleep(50);
    }
    await this.network.down();
    if (!keep) rmSync(this.state, { recursive: true, force: true });
  }
}
