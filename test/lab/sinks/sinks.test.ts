import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailFile, runSinks, slackFile } from "../../../lab/sinks";

const state = mkdtempSync(join(tmpdir(), "chainstead-sinks-"));
const ending = new AbortController();
let slackPort = 0;
let smtpPort = 0;
let running: Promise<void>;

beforeAll(async () => {
  [slackPort, smtpPort] = [await freePort(), await freePort()];
  running = runSinks(state, ending.signal, { address: "127.0.0.1", slackPort, smtpPort });
  await until(async () => (await fetch(`http://127.0.0.1:${slackPort}/healthz`)).ok);
});
afterAll(async () => {
  ending.abort();
  await running;
  rmSync(state, { recursive: true, force: true });
});

test("a Slack message is answered as Slack does and written down with its time", async () => {
  const response = await fetch(`http://127.0.0.1:${slackPort}/services/X`, { method: "POST", body: JSON.stringify({ text: "out of consensus" }) });
  expect(await response.text()).toBe("ok");
  expect(lines(slackFile(state))).toEqual([{ at: expect.stringMatching(/^\d{4}-.*Z$/), path: "/services/X", message: { text: "out of consensus" } }]);
});

test("what is no JSON is refused and not written down", async () => {
  const response = await fetch(`http://127.0.0.1:${slackPort}/services/X`, { method: "POST", body: "text=hello" });
  expect([response.status, await response.text()]).toEqual([400, "invalid_payload"]);
  expect(lines(slackFile(state))).toHaveLength(1);
});

test("a mail is taken from everybody and written down with sender, receivers and subject", async () => {
  const talk = ["EHLO alertmanager", "MAIL FROM:<alerts@example.org>", "RCPT TO:<ops@example.org>", "RCPT TO:<lead@example.org>", "DATA", "Subject: [FIRING:1]\r\n OutOfConsensus\r\n\r\nThe text.\r\n.", "QUIT"];
  await smtp(smtpPort, talk);
  expect(lines(mailFile(state))).toEqual([expect.objectContaining({ from: "alerts@example.org", to: ["ops@example.org", "lead@example.org"], subject: "[FIRING:1] OutOfConsensus", message: expect.stringContaining("The text.") })]);
});

function lines(file: string): unknown[] {
  return readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line) as unknown);
}

/** Says one command after another, each when the server has answered the one before. */
function smtp(port: number, commands: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = [...commands];
    const socket = createConnection(port, "127.0.0.1");
    socket.on("data", (data) => {
      // A reply's last line has a space after its code.
      if (!/^\d{3} .*\r\n$/m.test(data.toString())) return;
      const next = left.shift();
      if (next !== undefined) socket.write(`${next}\r\n`);
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await ready().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the sinks did not come up within 2 s");
}
