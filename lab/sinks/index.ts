import type { ServiceSpec } from "../supervisor/service";
import { ports, sinkAddress } from "../layout";
import type { ServerContext } from "../servers/context";
import { slackSink } from "./slack";
import { mailSink } from "./mail";

export { slackFile, slackWebhookUrl } from "./slack";
export { mailFile } from "./mail";

/** The outside world's Slack and mail server: one process that writes down what it was sent and delivers nothing. */
export function sinks(context: ServerContext): ServiceSpec {
  return {
    name: "sinks",
    site: "world",
    argv: context.labProcess("sinks", "--state", context.state),
    ready: { http: `http://${sinkAddress}:${ports.slackSink}/healthz` },
  };
}

/** Where the sinks listen. @default the lab's address and ports; tests choose others */
export interface SinkPlace {
  readonly address: string;
  readonly slackPort: number;
  readonly smtpPort: number;
}

/** Runs both sinks until the signal ends them. The mail server is up before Slack's health page says so. */
export async function runSinks(state: string, signal: AbortSignal, place: SinkPlace = { address: sinkAddress, slackPort: ports.slackSink, smtpPort: ports.smtpSink }): Promise<void> {
  const closeMail = await mailSink(state, place.address, place.smtpPort);
  const closeSlack = await slackSink(state, place.address, place.slackPort);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.all([closeMail(), closeSlack()]);
}
