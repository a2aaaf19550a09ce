import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { record } from "./record";

/** What would have been mailed, one message a line. */
export function mailFile(state: string): string {
  return join(state, "sinks", "mail.jsonl");
}

/**
 * A mail server that takes everything from everybody and sends nothing on.
 *
 * @returns closes it
 */
export async function mailSink(state: string, address: string, port: number): Promise<() => Promise<void>> {
  const server = new SMTPServer({
    authOptional: true,
    // Inside the lab nothing is encrypted, and a certificate that nobody checks would prove nothing.
    disabledCommands: ["STARTTLS"],
    onAuth: (_auth, _session, done) => done(null, { user: "lab" }),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
        record(mailFile(state), { from, to: session.envelope.rcptTo.map((to) => to.address), ...split(Buffer.concat(parts).toString("utf8")) });
        done();
      });
    },
  });
  // A client that goes away in the middle is not an error of the sink.
  server.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Subject line and the message as it came. */
function split(message: string): { readonly subject: string; readonly message: string } {
  const head = message.split(/\r?\n\r?\n/, 1)[0] ?? "";
  const subject = /^subject:\s*(.*(?:\r?\n[ \t]+.*)*)/im.exec(head)?.[1] ?? "";
  return { subject: subject.replace(/\r?\n[ \t]+/g, " ").trim(), message };
}
