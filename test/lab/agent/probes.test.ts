import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { check, portNumber, type CheckTarget } from "../../../lab/agent/check";
import type { Container } from "../../../lab/agent/kube-types";
import { Prober, Streak, stoodStill, type ProbeListener } from "../../../lab/agent/probes";
import { aContainer } from "./fixtures";

let server: Server;
let port = 0;
let answer: number | undefined = 200;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (answer !== undefined) response.writeHead(request.headers["x-expect"] === "teapot" ? 418 : answer).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => (answer = 200));

const target = (container: Container = aContainer("c")): CheckTarget => ({ podIP: "127.0.0.1", container, exec: (argv) => Promise.resolve({ exitCode: argv[0] === "true" ? 0 : 1, output: "said" }) });

describe("one check", () => {
  it.each([
    ["200", 200, true],
    ["a redirect", 302, true],
    ["404", 404, false],
    ["503", 503, false],
    ["silence", undefined, false],
  ])("HTTP: %s", async (_what, status, ok) => {
    answer = status;
    expect((await check({ httpGet: { port, path: "/healthz" } }, 0.3, target())).ok).toBe(ok);
  });

  it("sends the headers that are declared", async () => {
    const result = await check({ httpGet: { port, httpHeaders: [{ name: "X-Expect", value: "teapot" }] } }, 1, target());
    expect(result).toEqual({ ok: false, message: `HTTP probe of port ${port} / answered 418` });
  });

  it.each([
    ["an open port", () => ({ tcpSocket: { port } }), true],
    ["a closed port", () => ({ tcpSocket: { port: 1 } }), false],
    ["a command that succeeds", () => ({ exec: { command: ["true"] } }), true],
    ["a command that fails", () => ({ exec: { command: ["false"] } }), false],
    ["gRPC", () => ({ grpc: { port } }), false],
    ["nothing", () => ({}), false],
  ])("%s", async (_what, handler, ok) => {
    expect((await check(handler(), 1, target())).ok).toBe(ok);
  });

  it("says that gRPC is not supported", async () => {
    expect((await check({ grpc: { port: 1 } }, 1, target())).message).toContain("gRPC probes are not supported");
  });

  it("knows ports by name", () => {
    const named = aContainer("c", { ports: [{ name: "gate", containerPort: 9470 }] });
    expect([portNumber("gate", named), portNumber("80", named), portNumber(81, named)]).toEqual([9470, 80, 81]);
    expect(() => portNumber("no", named)).toThrow('container "c" declares no port named "no"');
  });
});

it.each([
  [{}, [false, false, false], [undefined, undefined, false]],
  [{}, [false, false, true, false], [undefined, undefined, true, undefined]],
  [{ successThreshold: 2, failureThreshold: 1 }, [true, true, false], [undefined, true, false]],
])("%j judges %j as %j", (probe, results, verdicts) => {
  const streak = new Streak(probe);
  expect(results.map((ok) => streak.take(ok))).toEqual(verdicts);
});

it.each([
  [2100, 2, {}, false],
  [40_000, 2, {}, true],
  [4500, 2, { exec: {} }, false],
  [40_000, 2, { exec: {} }, true],
])("a check of %d ms with a timeout of %d s, %j: this process stood still: %s", (took, timeout, probe, expected) => {
  expect(stoodStill(took, timeout, probe)).toBe(expected);
});

describe("the probes of a container", () => {
  const heard: string[] = [];
  const listener: ProbeListener = {
    started: () => heard.push("started"),
    ready: (ready) => heard.push(`ready ${ready}`),
    unhealthy: (kind, _message, seconds) => heard.push(`unhealthy ${kind} ${seconds}`),
    failed: () => undefined,
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const run = async (container: Container, until_: () => boolean, started = false): Promise<void> => {
    heard.length = 0;
    const prober = new Prober(container, target(container), listener, Date.now());
    prober.start(started, false);
    await until(until_);
    prober.stop();
  };
  const http = (more: object = {}) => ({ httpGet: { port }, periodSeconds: 0.02, failureThreshold: 2, ...more });

  it("without any: started and ready at once", async () => {
    await run(aContainer("c"), () => heard.length === 2);
    expect(heard).toEqual(["started", "ready true"]);
  });

  it("startup first, then readiness, up and down", async () => {
    answer = 503;
    setTimeout(() => (answer = 200), 60);
    await run(aContainer("c", { startupProbe: http({ failureThreshold: 100 }), readinessProbe: http() }), () => {
      if (heard.includes("ready true")) answer = 503;
      return heard.includes("ready false");
    });
    expect([...new Set(heard)]).toEqual(["started", "ready true", "ready false"]);
  });

  it("a failing liveness probe is told once, with its own grace period", async () => {
    answer = 500;
    await run(aContainer("c", { livenessProbe: http({ terminationGracePeriodSeconds: 7 }) }), () => heard.some((h) => h.startsWith("unhealthy")));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual(["started", "ready true", "unhealthy liveness 7"]);
  });

  it("a startup probe that passed in an earlier life of the agent is not asked again", async () => {
    answer = 500;
    await run(aContainer("c", { startupProbe: http() }), () => heard.includes("ready true"), true);
    expect(heard).toEqual(["ready true"]);
  });
});
