import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { ApiError } from "../../../lab/agent/api";
import type { KubeObject } from "../../../lab/agent/kube-types";
import { Waker } from "../../../lab/agent/waker";
import { Watch } from "../../../lab/agent/watch";

const object = (name: string, version: string): KubeObject => ({ metadata: { name, uid: name, namespace: "n", resourceVersion: version } });

/** An API server whose lists and streams the test decides. */
class FakeApi {
  lists: KubeObject[][] = [];
  readonly streams: { readonly path: string; readonly body: PassThrough }[] = [];
  refuse?: Error;
  listed = 0;

  get<T>(): Promise<T> {
    this.listed += 1;
    return Promise.resolve({ metadata: { resourceVersion: String(this.listed * 100) }, items: this.lists.shift() ?? [] } as T);
  }

  stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    if (this.refuse) return Promise.reject(this.refuse);
    const body = new PassThrough();
    signal.addEventListener("abort", () => body.destroy());
    this.streams.push({ path, body });
    return Promise.resolve(Object.assign(body, { setTimeout: () => body }) as unknown as IncomingMessage);
  }

  async send(...events: object[]): Promise<void> {
    this.streams.at(-1)?.body.write(events.map((e) => `${JSON.stringify(e)}\n`).join(""));
    await moment();
  }
}

const moment = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let api: FakeApi;
let ending: AbortController;
let heard: string[];
let watch: Watch<KubeObject>;
let done: Promise<void>;

beforeEach(() => {
  api = new FakeApi();
  ending = new AbortController();
  heard = [];
  watch = new Watch(api, "/api/v1/things", () => undefined);
  watch.onChange((key, now, before) => heard.push(`${key} ${before?.metadata.resourceVersion ?? "-"}>${now?.metadata.resourceVersion ?? "-"}`));
});
afterEach(async () => {
  ending.abort();
  await done;
});
const start = async (): Promise<void> => {
  done = watch.run(ending.signal);
  await watch.ready;
  await moment();
};

it("lists, follows and keeps a copy", async () => {
  api.lists = [[object("a", "1")]];
  await start();
  await api.send({ type: "ADDED", object: object("b", "101") }, { type: "MODIFIED", object: object("a", "102") }, { type: "DELETED", object: object("b", "103") });
  expect(heard).toEqual(["n/a ->1", "n/b ->101", "n/a 1>102", "n/b 101>-"]);
  expect(watch.get("n", "a")?.metadata.resourceVersion).toBe("102");
  expect(watch.all()).toHaveLength(1);
});

it("goes on from the last bookmark when the stream ends, without another list", async () => {
  await start();
  await api.send({ type: "BOOKMARK", object: object("", "150") });
  api.streams.at(-1)?.body.end();
  await moment();
  expect(api.listed).toBe(1);
  expect(api.streams).toHaveLength(2);
  expect(api.streams[1]?.path).toContain("resourceVersion=150");
});

it("puts together events that arrive in pieces", async () => {
  await start();
  const line = JSON.stringify({ type: "ADDED", object: object("ü", "101") });
  const bytes = Buffer.from(`${line}\n`);
  api.streams[0]?.body.write(bytes.subarray(0, 44));
  await moment();
  api.streams[0]?.body.write(bytes.subarray(44));
  await moment();
  expect(watch.get("n", "ü")).toBeDefined();
});

it("lists anew when its version is too old, and tells what went meanwhile", async () => {
  api.lists = [[object("a", "1"), object("b", "2")], [object("b", "2")]];
  await start();
  await api.send({ type: "ERROR", object: { code: 410, message: "too old" } });
  expect(api.listed).toBe(2);
  expect(heard.at(-1)).toBe("n/a 1>-");
});

it("tries again when the server does not answer", async () => {
  api.refuse = new ApiError("GET", "/", 503, "down");
  done = watch.run(ending.signal);
  await moment(100);
  api.refuse = undefined;
  await moment(900);
  expect(api.streams).toHaveLength(1);
});

describe("a waker", () => {
  const never = new AbortController().signal;
  it("ends a sleep, the present one or the next", async () => {
    const waker = new Waker();
    const began = Date.now();
    setTimeout(() => waker.wake(), 20);
    await waker.sleep(5000, never);
    waker.wake();
    await waker.sleep(5000, never);
    await waker.sleep(30, never);
    expect(Date.now() - began).toBeLessThan(1000);
    expect(Date.now() - began).toBeGreaterThanOrEqual(45);
  });
});
