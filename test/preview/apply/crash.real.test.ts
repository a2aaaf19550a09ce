import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Applied, applyStack, type ApplyStackOptions, destroyStack } from "../../../preview/apply/command";
import { type ApiServer, startApiServer } from "../../support/api-server";
import type { Declaration } from "./program/declaration";

jest.setTimeout(180_000);

let server: ApiServer;
let folder: string;
const stack = "test";

beforeAll(async () => {
  server = await startApiServer();
  folder = mkdtempSync(join(tmpdir(), "chainstead-crash-"));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const options = (declare: readonly Declaration[]): ApplyStackOptions => ({
  root: join(__dirname, "program"),
  stack,
  stateDir: folder,
  config: { declare: JSON.stringify(declare), kubeconfig: server.kubeconfig },
});
const lines: string[] = [];
function apply(declare: readonly Declaration[]): Promise<Applied> {
  lines.length = 0;
  return applyStack({ ...options(declare), onLine: (line) => lines.push(line) });
}

/** Applies in another process and loses that process at the named point. */
function loseRun(declare: readonly Declaration[], when: "before" | "after", operation: "create" | "update" | "delete", after: number): void {
  const file = join(folder, "options");
  writeFileSync(file, JSON.stringify(options(declare)), { mode: 0o600 });
  const run = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", join(__dirname, "crashing-run.ts"), file, when, operation, String(after)], { encoding: "utf8", cwd: join(__dirname, "../../..") });
  if (run.signal !== "SIGKILL") throw new Error(`the run was not lost: ${run.stdout}${run.stderr}`);
}

const pending = (): { type: string; resource: { id?: string } }[] =>
  (JSON.parse(readFileSync(join(folder, `${stack}.json`), "utf8")) as { deployment: { pending_operations?: [] } }).deployment.pending_operations ?? [];
async function objects(): Promise<Record<string, unknown>> {
  const reply = await server.call("GET", "/api/v1/namespaces/default/configmaps?labelSelector=crash");
  return Object.fromEntries((reply.body["items"] as { metadata: { name: string; uid: string }; data?: { at?: string } }[]).map((item) => [item.metadata.name, item.data?.at]));
}
/** `count` objects without names of their own: a repeated create that did not find its first attempt would double them. */
const program = (count: number, at: string): Declaration[] =>
  Array.from({ length: count }, (_, i): Declaration => ({ kind: "ConfigMap", name: `item-${i}`, args: { metadata: { labels: { crash: "1" } }, data: { at } } }));

describe("a run that is killed goes on where it was", () => {
  afterEach(async () => void (await destroyStack({ stack, stateDir: folder })));

  test.each([
    ["before", 3],
    ["after", 3],
  ] as const)("killed %s the %i. create: the same program brings everything up once", async (when, count) => {
    loseRun(program(10, "1"), when, "create", count);
    expect(pending().map((operation) => operation.type)).toContain("creating");
    const there = Object.keys(await objects()).length;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(10);

    await apply(program(10, "1"));
    expect(lines.join("\n")).toContain("cut off while creating");
    expect(Object.values(await objects())).toEqual(Array(10).fill("1"));
    expect(pending()).toEqual([]);
    expect((await apply(program(10, "1"))).summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  test("killed after a create that the next program does not declare: nothing leaks", async () => {
    loseRun(program(10, "1"), "after", "create", 2);
    const { summary } = await apply([]);
    expect(await objects()).toEqual({});
    expect(pending()).toEqual([]);
    expect(summary.create).toBe(0);
  });

  test("killed after an update that the next program takes back: the server has what the program says", async () => {
    await apply(program(3, "1"));
    loseRun(program(3, "2"), "after", "update", 1);
    expect(Object.values(await objects())).toContain("2");
    await apply(program(3, "1"));
    expect(Object.values(await objects())).toEqual(["1", "1", "1"]);
    expect(pending()).toEqual([]);
  });

  test("killed in the middle of deletes: the rest goes, what stays declared stays", async () => {
    await apply(program(8, "1"));
    loseRun(program(2, "1"), "after", "delete", 2);
    expect(Object.keys(await objects()).length).toBeGreaterThan(2);
    await apply(program(2, "1"));
    expect(Object.keys(await objects())).toHaveLength(2);
    expect(pending()).toEqual([]);
  });

  test("killed after the delete of a replacement: it is created again", async () => {
    const fixed = (at: string): Declaration[] => [{ kind: "ConfigMap", name: "fixed", args: { metadata: { name: "fixed", labels: { crash: "1" } }, immutable: true, data: { at } } }];
    await apply(fixed("1"));
    loseRun(fixed("2"), "after", "delete", 0);
    expect(await objects()).toEqual({});
    await apply(fixed("2"));
    expect(await objects()).toEqual({ fixed: "2" });
  });
});

test("an interrupted run finishes what it began, deletes nothing and leaves no lock", async () => {
  const controller = new AbortController();
  const slow: Declaration = {
    kind: "Deployment",
    name: "slow",
    args: { metadata: { name: "slow" }, spec: { replicas: 1, selector: { matchLabels: { app: "slow" } }, template: { metadata: { labels: { app: "slow" } }, spec: { containers: [{ name: "slow", image: "slow" }] } } } },
  };
  const run = applyStack({ ...options([slow]), signal: controller.signal, onLine: () => undefined });
  const seen = (async (): Promise<void> => {
    while ((await server.call("GET", "/apis/apps/v1/namespaces/default/deployments/slow")).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  })();
  await seen;
  controller.abort();
  await expect(run).rejects.toThrow(/interrupted/);
  expect(pending()).toEqual([]);
  await destroyStack({ stack, stateDir: folder });
  expect((await server.call("GET", "/apis/apps/v1/namespaces/default/deployments/slow")).status).toBe(404);
});
