import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rotateLogs, tailOf } from "../../../lab/supervisor/log-file";
import { argumentsOf, markedProcesses, markerName, markerOf } from "../../../lab/supervisor/marker";
import { probe } from "../../../lab/supervisor/probe";
import { adoptProcess, endProcess, startProcess } from "../../../lab/supervisor/process";
import { readRecords, removeRecord, writeRecord } from "../../../lab/supervisor/record";
import { inState, prepareStateFolder } from "../../../lab/supervisor/state-folder";
import { startTimeOf } from "../../../lab/sites/process-stat";

let state: string;
beforeEach(async () => {
  state = join(mkdtempSync(join(tmpdir(), "cs-parts-")), "lab");
  await prepareStateFolder(state);
});
afterEach(() => rmSync(join(state, ".."), { recursive: true, force: true }));

describe("the lab's folder", () => {
  it("is its owner's alone, made narrow again when it is not", async () => {
    chmodSync(state, 0o755);
    await prepareStateFolder(state);
    expect(statSync(state).mode & 0o777).toBe(0o700);
  });

  it("is refused when it is another user's, with both ids", async () => {
    const me = jest.spyOn(process, "geteuid").mockReturnValue(4242);
    await expect(prepareStateFolder(state)).rejects.toThrow(/belongs to the user with uid \d+, and you are uid 4242: .*CHAINSTEAD_LAB/);
    me.mockRestore();
  });
});

describe("logs", () => {
  it("gives the last lines, or says that there are none", async () => {
    expect(await tailOf(state, "web")).toBe("(it has no log yet)");
    writeFileSync(inState.log(state, "web"), "");
    expect(await tailOf(state, "web")).toBe("(its log is empty)");
    writeFileSync(inState.log(state, "web"), `${"x".repeat(200_000)}\n${Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n")}\n`);
    const lines = (await tailOf(state, "web")).split("\n");
    expect([lines.length, lines[0], lines[19]]).toEqual([20, "line 10", "line 29"]);
  });

  it("are put aside when they have grown, and go on from empty under a writer that appends", async () => {
    const file = inState.log(state, "web");
    writeFileSync(file, "0123456789");
    writeFileSync(inState.log(state, "small"), "0");
    expect(await rotateLogs(state, 5)).toEqual(["web.log"]);
    expect([readFileSync(file, "utf8"), readFileSync(`${file}.1`, "utf8")]).toEqual(["", "0123456789"]);
    expect(await rotateLogs(state, 5)).toEqual([]);
  });
});

describe("records", () => {
  const record = (name: string, order: number): Parameters<typeof writeRecord>[1] => ({ spec: { name, site: "a", argv: ["/bin/true"], ready: { none: true } }, order, restarts: 0, since: "2026-01-01T00:00:00Z" });

  it("come back in the order of their start; one that is broken is left out", async () => {
    await writeRecord(state, record("second", 2));
    await writeRecord(state, record("first", 1));
    writeFileSync(join(inState.services(state), "broken.json"), "{");
    expect((await readRecords(state)).map((found) => found.spec.name)).toEqual(["first", "second"]);
    await removeRecord(state, "first");
    await removeRecord(state, "first");
    expect((await readRecords(state)).map((found) => found.spec.name)).toEqual(["second"]);
    expect(await readRecords(join(state, "none"))).toEqual([]);
  });
});

describe("probes", () => {
  it("judge an HTTP answer and a port", async () => {
    const server = createServer((request, response) => response.writeHead(Number(request.url?.slice(1))).end("x"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await probe({ http: `http://${address}/200` })).toBeUndefined();
    expect(await probe({ http: `http://${address}/503` })).toMatch(/answers 503/);
    expect(await probe({ http: `http://${address}/503`, accept: [503] })).toBeUndefined();
    expect(await probe({ tcp: address })).toBeUndefined();
    expect(await probe({ none: true })).toBeUndefined();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await probe({ tcp: address })).toMatch(/ECONNREFUSED/);
    expect(await probe({ http: `http://${address}/200` })).toMatch(/ECONNREFUSED/);
  });
});

describe("processes", () => {
  const spec = { name: "sleeper", site: "a" as const, argv: ["/bin/sleep", "987"], env: { COLOUR: "blue" }, ready: { none: true as const } };

  it("carry the mark of their lab, outlive who started them, and are taken over by pid and start time", async () => {
    const running = await startProcess(state, spec, []);
    expect(await markedProcesses(state)).toEqual([{ pid: running.pid, service: "sleeper" }]);
    expect(await argumentsOf(running.pid)).toEqual(["/bin/sleep", "987"]);
    expect(readFileSync(`/proc/${running.pid}/environ`, "utf8").split("\0")).toEqual(expect.arrayContaining(["COLOUR=blue", `${markerName}=${markerOf(state, "sleeper")}`]));
    expect(await adoptProcess(running.pid, "1")).toBeUndefined();
    const adopted = await adoptProcess(running.pid, running.startTime);
    expect(adopted?.pid).toBe(running.pid);
    await endProcess(running, "SIGTERM", 5);
    expect(await adopted?.ended).toMatch(/earlier supervisor/);
    expect(await startTimeOf(running.pid)).toBeUndefined();
    expect(await markedProcesses(state)).toEqual([]);
  });

  it("are killed with their group when they do not end in time", async () => {
    const running = await startProcess(state, { ...spec, argv: ["/bin/sh", "-c", "trap '' TERM; sleep 986 & while :; do wait; done"] }, []);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await endProcess(running, "SIGTERM", 0.3);
    expect(await running.ended).toBe("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await markedProcesses(state)).toEqual([]);
  });

  it("name the program that cannot be started", async () => {
    await expect(startProcess(state, { ...spec, argv: ["/no/such/program"] }, [])).rejects.toThrow(/service sleeper: \/no\/such\/program cannot be started: .*ENOENT/);
    expect(existsSync(inState.log(state, "sleeper"))).toBe(true);
  });
});
