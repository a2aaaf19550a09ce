import { createInterface } from "node:readline";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { ServiceSpec } from "./service";

export type Readiness = ServiceSpec["ready"];

/** Tries once. Resolves with undefined when it is ready, else with what is in the way. @param milliseconds until it gives up */
export function probe(ready: Readiness, milliseconds = 2000): Promise<string | undefined> {
  if ("none" in ready) return Promise.resolve(undefined);
  if ("tcp" in ready) return probeTcp(ready.tcp, milliseconds);
  return probeHttp(ready.http, ready.insecure ?? false, ready.accept ?? [], milliseconds);
}

function probeTcp(address: string, milliseconds: number): Promise<string | undefined> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), timeout: milliseconds });
    const settle = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => settle(undefined));
    socket.once("timeout", () => settle(`${address} does not answer`));
    socket.once("error", (error) => settle(error.message));
  });
}

function probeHttp(url: string, insecure: boolean, accept: readonly number[], milliseconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const request = send(url, { timeout: milliseconds, rejectUnauthorized: !insecure, agent: false }, (response) => {
      const code = response.statusCode ?? 0;
      response.resume();
      resolve(code < 400 || accept.includes(code) ? undefined : `${url} answers ${code}`);
      response.once("end", () => request.destroy());
    });
    request.once("timeout", () => request.destroy(new Error(`${url} does not answer`)));
    request.once("error", (error) => resolve(error.message));
    request.end();
  });
}

export interface ProbeQuestion {
  readonly id: number;
  readonly ready: Readiness;
}

export interface ProbeAnswer {
  readonly id: number;
  /** Absent when ready. */
  readonly problem?: string;
}

/** A site's prober: questions on standard input, answers on standard output, one JSON document a line; ends with its input. */
export async function answerProbes(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line) as ProbeQuestion;
    void probe(question.ready).then((problem) => process.stdout.write(`${JSON.stringify({ id: question.id, problem } satisfies ProbeAnswer)}\n`));
  }
}
