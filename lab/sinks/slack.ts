import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import { ports, sinkAddress } from "../layout";
import { record } from "./record";

/** A message may carry many alerts; Slack itself refuses more than this. */
const maxBytes = 1024 * 1024;

/** What Slack would have shown, one message a line. */
export function slackFile(state: string): string {
  return join(state, "sinks", "slack.jsonl");
}

/** The made-up incoming webhook; shaped like a real one, because the URL is the secret. */
export const slackWebhookUrl = `http://${sinkAddress}:${ports.slackSink}/services/LAB/ONLY/webhook`;

/**
 * Answers like Slack's incoming webhooks: `ok`, or 400 `invalid_payload`.
 *
 * @returns closes it
 * @see https://api.slack.com/messaging/webhooks
 */
export async function slackSink(state: string, address: string, port: number): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (request.url === "/healthz") {
      response.end("ok");
      return;
    }
    readBody(request).then(
      (body) => {
        record(slackFile(state), { path: request.url, message: JSON.parse(body) as unknown });
        response.end("ok");
      },
    ).catch(() => {
      response.statusCode = 400;
      response.end("invalid_payload");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error(`message above ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
