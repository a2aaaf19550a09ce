import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renew } from "../../../agents/gate/document";
import { DocumentUnreadable } from "../../../agents/gate/document-codec";
import { StoreUnavailable } from "../../../agents/gate/store";
import { ConsulStore } from "../../../agents/gate/store-consul";
import { ConsulCluster } from "../../support/gate/consul-cluster";
import { a, heldBy, withRecords } from "../../support/gate/fence-documents";
import { NamedProcesses, pause, until } from "../../support/gate/processes";

/** Against three real Consul servers on loopback. Does not prove anything about wide-area links. */
const directory = mkdtempSync(join(tmpdir(), "chainstead-consul-"));
mkdirSync(join(directory, "logs"));
const processes = new NamedProcesses(join(directory, "logs"));
let cluster: ConsulCluster;
let store: ConsulStore;
const key = "validators/test/fence";

beforeAll(async () => {
  cluster = await ConsulCluster.start(processes, directory, 3);
  store = new ConsulStore({ servers: cluster.addresses, key });
}, 40_000);

afterAll(async () => {
  store?.close();
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

test("compare-and-set: created once, changed by whoever knows the index", async () => {
  expect(await store.read()).toEqual({ index: 0 });
  const first = await store.cas(0, heldBy(a));
  if (first.kind !== "written") throw new Error("the document could not be created");
  expect(await store.cas(0, heldBy(a))).toEqual({ kind: "stale" });
  const second = await store.cas(first.index, renew(heldBy(a), a) ?? heldBy(a));
  expect(second).toEqual({ kind: "written", index: expect.any(Number) });
  expect(await store.cas(first.index, heldBy(a))).toEqual({ kind: "stale" });
  const reading = await store.read();
  expect(reading).toEqual({ index: second.kind === "written" ? second.index : 0, doc: JSON.parse(JSON.stringify(renew(heldBy(a), a))) });
});

test("a blocking read returns with the change", async () => {
  const { index, doc } = await store.read();
  if (!doc) throw new Error("no document");
  const waiting = store.wait(index, 5000, new AbortController().signal);
  await pause(100);
  const began = performance.now();
  await store.cas(index, withRecords(doc, { h: 1, step: 1 }));
  expect((await waiting).doc?.records).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(500);
});

test("a blocking read without a change ends by itself", async () => {
  const { index } = await store.read();
  expect((await store.wait(index, 300, new AbortController().signal)).index).toBe(index);
});

test("without the leader: an error within half a second, then any server that answers", async () => {
  const leader = await cluster.leader();
  await processes.stop(leader ?? "");
  const began = performance.now();
  await expect(store.read()).rejects.toBeInstanceOf(StoreUnavailable);
  expect(performance.now() - began).toBeLessThan(900);
  await until("the remaining servers answer", 10, async () => (await store.readFromAny()).index > 0);
  expect((await store.read()).doc?.records).toHaveLength(1);
  const last = await cluster.leader();
  await processes.stop(last ?? "");
  await expect(store.readFromAny()).rejects.toThrow("no Consul server gives a consistent answer");
  cluster.startServer(leader ?? "");
  cluster.startServer(last ?? "");
  await until("the quorum is back", 20, async () => (await store.readFromAny()).index > 0);
}, 60_000);

test("a key that somebody wrote over is unreadable, not free", async () => {
  const server = cluster.addresses[0] ?? "";
  await fetch(`${server}/v1/kv/${key}`, { method: "PUT", body: "hello" });
  await expect(store.read()).rejects.toBeInstanceOf(DocumentUnreadable);
});
