import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../agents/gate/clock";
import { NodeConnection, type Answer } from "../../../agents/gate/connection";

const directory = mkdtempSync(join(tmpdir(), "chainstead-socket-"));
const path = join(directory, "privval.sock");
const ping = Buffer.from("023a00", "hex");
const pong = "024200";
const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((clean) => clean()));
afterAll(() => rmSync(directory, { recursive: true }));

function gate(answer: Answer): { connection: NodeConnection; told: string[] } {
  const told: string[] = [];
  const stop = new AbortController();
  cleanups.push(() => stop.abort());
  const connection = new NodeConnection(path, answer, systemClock, {
    connected: () => told.push("connected"),
    disconnected: () => told.push("disconnected"),
    staleSocketRemoved: () => told.push("stale"),
    broken: (why) => told.push(`broken ${why}`),
  });
  connection.run(stop.signal).catch((error: unknown) => told.push(String(error)));
  return { connection, told };
}

/** A node: listens on the socket and takes one connection after the other. */
async function node(): Promise<{ server: Server; next(): Promise<Socket> }> {
  const waiting: ((socket: Socket) => void)[] = [];
  const arrived: Socket[] = [];
  const server = createServer((socket) => {
    cleanups.push(() => socket.destroy());
    const taker = waiting.shift();
    if (taker) taker(socket);
    else arrived.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  cleanups.push(() => server.close());
  return { server, next: () => new Promise((resolve) => { const socket = arrived.shift(); if (socket) resolve(socket); else waiting.push(resolve); }) };
}

const answerOf = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once("data", (data: Buffer) => resolve(data.toString("hex"))));
const pongs: Answer = () => Promise.resolve({ kind: "ping" });

test("waits for the node's socket, answers, and dials again at once when dropped", async () => {
  const { connection, told } = gate(pongs);
  await systemClock.sleep(120);
  expect(connection.connected).toBe(false);
  const listening = await node();
  const first = await listening.next();
  first.write(ping);
  expect(await answerOf(first)).toBe(pong);
  const dropped = performance.now();
  first.destroy();
  const second = await listening.next();
  expect(performance.now() - dropped).toBeLessThan(50);
  second.write(Buffer.concat([ping, ping]));
  expect(await answerOf(second)).toMatch(new RegExp(`^${pong}`));
  expect(told).toEqual(["connected", "disconnected", "connected"]);
});

test("work that is held ends when its connection closes, and its answer goes nowhere", async () => {
  const aborted: boolean[] = [];
  gate(async (_request, signal) => {
    await systemClock.sleep(5000, signal);
    aborted.push(signal.aborted);
    return undefined;
  });
  const listening = await node();
  const socket = await listening.next();
  socket.write(ping);
  await systemClock.sleep(30);
  expect(aborted).toEqual([]);
  socket.end();
  await listening.next();
  expect(aborted).toEqual([true]);
});

test("what cannot be understood closes the connection, and the next one is served", async () => {
  const { told } = gate(pongs);
  const listening = await node();
  (await listening.next()).write(Buffer.from("027a00", "hex"));
  const next = await listening.next();
  next.write(ping);
  expect(await answerOf(next)).toBe(pong);
  expect(told[1]).toMatch(/broken malformed/);
});

test("a socket that a dead node left behind is removed before a node starts", async () => {
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  expect(existsSync(path)).toBe(true);
  const told: string[] = [];
  const connection = new NodeConnection(path, pongs, systemClock, { connected: () => undefined, disconnected: () => undefined, staleSocketRemoved: () => told.push("stale"), broken: () => undefined });
  await connection.prepare();
  expect(existsSync(path)).toBe(false);
  expect(told).toEqual(["stale"]);
});

test("a socket that a node listens on is left alone and used", async () => {
  const listening = await node();
  gate(pongs);
  await listening.next();
  expect(existsSync(path)).toBe(true);
});

test("the socket of the node that was connected is removed at the first refusal: its successor binds within milliseconds", async () => {
  const own = join(directory, "own.sock");
  const listening = spawn(process.execPath, ["-e", `require("net").createServer(() => {}).listen(${JSON.stringify(own)}, () => console.log("up"))`], { stdio: ["ignore", "pipe", "inherit"] });
  cleanups.push(() => void listening.kill("SIGKILL"));
  await new Promise((resolve) => listening.stdout.once("data", resolve));
  const told: string[] = [];
  const stop = new AbortController();
  cleanups.push(() => stop.abort());
  let removed: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (removed = resolve));
  // A clock on which no pause ever ends: a second look would never come.
  const clock = { ...systemClock, sleep: () => new Promise<void>(() => undefined) };
  const connected = new Promise<void>((resolve) => {
    const connection = new NodeConnection(own, () => Promise.resolve(undefined), clock, { connected: resolve, disconnected: () => told.push("disconnected"), staleSocketRemoved: () => (told.push("stale"), removed()), broken: () => undefined });
    connection.run(stop.signal).catch((error: unknown) => told.push(String(error)));
  });
  await connected;
  listening.kill("SIGKILL");
  await gone;
  expect(told).toEqual(["disconnected", "stale"]);
  expect(existsSync(own)).toBe(false);
});
