import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { lockState } from "../../../preview/apply/lock";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "chainstead-lock-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));
const path = (): string => join(stateDir, "one.lock");
const lock = (stack = "one"): (() => void) => lockState({ stateDir, stack });

test("one run per stack; another stack is free; the lock is given back", () => {
  const unlock = lock();
  expect(() => lock()).toThrow(new RegExp(`Stack one is being changed by process ${process.pid} since .*Wait for it`));
  lock("two")();
  unlock();
  lock()();
  expect(readdirSync(stateDir)).toEqual([]);
});

test("the lock of a process that was killed is taken over", async () => {
  const child = spawn("sleep", ["60"]);
  const pid = child.pid ?? 0;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  writeFileSync(path(), JSON.stringify({ pid, startTime, host: hostname(), since: "then" }));
  expect(() => lock()).toThrow(`process ${pid} since then`);
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  lock()();
  expect(existsSync(path())).toBe(false);
});

test.each([
  ["a process id that another process has by now", { pid: process.pid, startTime: "1", host: hostname(), since: "then" }],
  ["a process id that nobody has", { pid: 2 ** 30, startTime: "1", host: hostname(), since: "then" }],
])("%s is no holder", (_name, holder) => {
  writeFileSync(path(), JSON.stringify(holder));
  lock()();
});

test("an unreadable lock is no holder either, and one of another machine always is", () => {
  writeFileSync(path(), "{");
  lock()();
  writeFileSync(path(), JSON.stringify({ pid: 1, startTime: "1", host: "elsewhere", since: "then" }));
  expect(() => lock()).toThrow(/process 1 since then/);
});
