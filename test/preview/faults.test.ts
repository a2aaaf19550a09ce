import type { Evaluation } from "../../preview/evaluate";
import { errorsOf, evaluateProgram, patience } from "./support";

const faulty = (name: string, config: { readonly [key: string]: string } = {}): Promise<Evaluation> => evaluateProgram("faults", "preview", { case: name, ...config });

describe("a program that fails", () => {
  it.each([
    ["duplicate", 32, /Duplicate resource URN 'urn:pulumi:test::faults::demo:index:Thing::twin': declared at index\.ts:\d+:\d+ and again at index\.ts:\d+:\d+/],
    ["unknown-invoke", 32, /calls demo:index:missing with \{"flag":true,"key":"k"\} at index\.ts:15:\d+, and no answer is declared.*fixtures\.json under "invokes": \{"demo:index:missing"/],
    ["unknown-invoke-output", 32, /calls demo:index:missing with \{"key":"k"\} at index\.ts:16:\d+/],
    ["unknown-reference", 32, /outputs of stack organization\/faults\/absent at index\.ts:17:\d+.*"stackReferences": \{"organization\/faults\/absent"/],
    ["throws", 32, /thrown by the program/],
    ["run", 32, /said without a trace/],
    ["exits", 3, /ended with exit code 3 and did not say why/],
    ["leaves", 1, /left with process\.exit before everything was declared/],
    ["bad-parent", 32, /names the parent '.*nowhere', which is not a resource of this run/],
    ["hooks", 32, /hooks/],
  ])("%s", async (name, exitCode, message) => {
    const evaluation = await faulty(name);
    expect(errorsOf(evaluation).replace(/\n/g, " ")).toMatch(message);
    expect(evaluation.exitCode).toBe(exitCode);
    // Said once, without the SDK's echo.
    expect(evaluation.logs.filter(({ severity }) => severity === "error")).toHaveLength(1);
    expect(JSON.stringify(evaluation.logs)).not.toContain("never-show-this-secret");
  }, patience);

  it("counts as failed when it only logged an error, and the log shows no secret", async () => {
    const evaluation = await faulty("log-error");
    expect(evaluation.exitCode).toBe(1);
    expect(evaluation.logs).toEqual([{ severity: "error", message: "this went wrong: [secret]", urn: "urn:pulumi:test::faults::demo:index:Thing::logged" }]);
  }, patience);

  it("is refused a default provider where those are disabled, in the engine's words", async () => {
    const evaluation = await faulty("duplicate", { "pulumi:disable-default-providers": '["demo"]' });
    expect(errorsOf(evaluation)).toMatch(/Default provider for 'demo' disabled\. 'demo:index:Thing' must use an explicit provider/);
    expect(evaluation.exitCode).toBe(32);
  }, patience);

  it("is ended when the evaluation is interrupted", async () => {
    const interrupt = new AbortController();
    const running = evaluateProgram("faults", "preview", { case: "waits" }, { signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 3000);
    await expect(running).rejects.toThrow("The evaluation of test was interrupted.");
  }, patience);
});

it("hands the program Pulumi's variables and none of this process's", async () => {
  process.env["AWS_SECRET_ACCESS_KEY"] = "do-not-hand-on";
  const evaluation = await faulty("environment");
  delete process.env["AWS_SECRET_ACCESS_KEY"];
  expect((evaluation.outputs.names as readonly string[]).filter((name) => !name.startsWith("PULUMI_"))).toEqual([]);
}, patience);
