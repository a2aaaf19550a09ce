import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import type { ContainerPlan } from "../../../lab/agent/plan";
import { execScript, quote, shimScript, startScript } from "../../../lab/agent/scripts";

const plan: ContainerPlan = {
  argv: ["program", "a b", "$(reboot)", "it's"],
  env: new Map([["SECRET", "`x` $HOME 'q'"]]),
  workingDir: "/work dir",
  asDeclaredUser: true,
  user: 10001,
  group: 10002,
  groups: [10003],
  readOnlyRoot: true,
  capabilities: ["net_bind_service"],
  mounts: [{ source: "/v/a b", subPath: "s", target: "/t", readOnly: true }],
  files: [{ path: "/usr/local/bin/x", source: "/opt/x y" }, { path: "/usr/local/bin/t", text: "#!/bin/sh\n'" }],
};

it("hands every word to a program as it is", () => {
  const words = fc.array(fc.string({ unit: "binary", maxLength: 30 }).filter((s) => !s.includes("\0") && Buffer.from(s).toString() === s), { maxLength: 6 });
  fc.assert(
    fc.property(words, (list) => {
      const script = `printf '%s\\0' ${["x", ...list].map(quote).join(" ")}`;
      const out = execFileSync("/bin/sh", ["-s"], { input: script }).toString();
      expect(out.split("\0").slice(1, -1)).toEqual(list);
    }),
    { numRuns: 30 },
  );
  expect(() => quote("a\0b")).toThrow("NUL");
});

it.each([
  ["start", startScript({ plan, sandbox: "/s p", processFile: "/p'f" })],
  ["exec", execScript(plan, ["true"], 3)],
  ["shim", shimScript(["nsenter", "--target=1"], "/s/a b.sh", "/e'x")],
])("the %s script is one that the shell can read", (_what, script) => {
  expect(() => execFileSync("/bin/sh", ["-n", "-s"], { input: script, stdio: ["pipe", "pipe", "pipe"] })).not.toThrow();
});

it("becomes the program as the declared user, with nothing more than it needs", () => {
  const last = startScript({ plan, sandbox: "/s", processFile: "/p" }).trim().split("\n").at(-1);
  expect(last).toBe(
    "exec /usr/bin/setpriv --reuid=10001 --regid=10002 --groups=10003 --no-new-privs --inh-caps=-all --bounding-set=-all,+net_bind_service -- 'program' 'a b' '$(reboot)' 'it'\\''s'",
  );
});

it("keeps the one user there is when there is no other, and still drops everything", () => {
  expect(execScript({ ...plan, asDeclaredUser: false }, ["true"], 3)).toContain("exec /usr/bin/setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+net_bind_service -- ");
});

it("leaves the machine's root behind before the program starts, and closes its own when asked to", () => {
  const lines = startScript({ plan, sandbox: "/s", processFile: "/p" }).split("\n");
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  expect(at("umount -l /.old")).toBeGreaterThan(at("pivot_root"));
  expect(at("mount -o remount,bind,ro,nosuid,nodev /")).toBeGreaterThan(0);
  expect(lines.indexOf("mount -o remount,bind,ro,nosuid,nodev /")).toBeGreaterThan(at("rmdir /.old"));
  expect(startScript({ plan: { ...plan, readOnlyRoot: false }, sandbox: "/s", processFile: "/p" }).split("\n")).not.toContain("mount -o remount,bind,ro,nosuid,nodev /");
});
