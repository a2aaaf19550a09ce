import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import * as grpc from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";

import { findingOf, secretTexts, type Finding } from "./findings";
import { analyzeRequest, analyzeStackRequest, providersOf, type Analyzed } from "./request";

export interface PackOptions {
  /** Folder with PulumiPolicy.yaml and the prebuilt pack. */
  readonly folder: string;
  /** Folder whose node_modules holds `@pulumi/pulumi`. */
  readonly root: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** True in preview mode: unknown values make a policy report that it could not run. */
  readonly dryRun: boolean;
  /** How long the pack may take to start. @default 20000 */
  readonly startMs?: number;
}

/** Largest message either way, as the policy SDK itself sets it. */
const messageLimit = 400 * 1024 * 1024;

/**
 * Runs an unmodified policy pack over evaluated resources, through the protocol that Pulumi's engine speaks with it.
 * @throws when the pack is not built, does not start in time or answers with an error; the pack's own output is part of the message.
 */
export async function runPolicyPack(options: PackOptions, resources: readonly Analyzed[]): Promise<readonly Finding[]> {
  const pack = await start(options);
  try {
    const providers = providersOf(resources);
    const secrets = resources.flatMap((r) => secretTexts(r.inputs));
    const findings: Finding[] = [];
    for (const resource of resources) {
      const answer = await call<analyzer.AnalyzeResponse>((done) => pack.client.analyze(analyzeRequest(resource, providers), done));
      findings.push(...answer.getDiagnosticsList().map((d) => findingOf(d, { stack: options.stack, urn: resource.urn }, secrets)));
    }
    const whole = await call<analyzer.AnalyzeResponse>((done) => pack.client.analyzeStack(analyzeStackRequest(resources), done));
    findings.push(...whole.getDiagnosticsList().map((d) => findingOf(d, { stack: options.stack }, secrets)));
    return findings;
  } catch (error) {
    throw new Error(`policy pack ${options.folder}: ${(error as Error).message}${pack.output()}`, { cause: error });
  } finally {
    pack.stop();
  }
}

interface Started {
  readonly client: rpc.AnalyzerClient;
  output(): string;
  stop(): void;
}

async function start(options: PackOptions): Promise<Started> {
  const built = join(options.folder, "bin", "index.js");
  if (!existsSync(built)) throw new Error(`policy pack ${options.folder}: ${built} is missing. Build it first: make check or node build.mjs`);
  const runner = join(options.root, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack", "index.js");
  const child = spawn(process.execPath, [runner, "127.0.0.1:0", options.folder], {
    cwd: options.folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: packEnvironment(options),
  });
  const stderr: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk.toString("utf8")));
  const output = (): string => (stderr.length > 0 ? `\n${stderr.join("").trimEnd()}` : "");
  const stop = (): void => void child.kill("SIGKILL");
  try {
    const port = await firstLine(child, options.startMs ?? 20_000);
    const client = new rpc.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": messageLimit,
      "grpc.max_send_message_length": messageLimit,
    });
    return { client, output, stop: () => (client.close(), stop()) };
  } catch (error) {
    stop();
    throw new Error(`policy pack ${options.folder}: ${(error as Error).message}${output()}`, { cause: error });
  }
}

/** What the real host sets, and nothing of the caller's environment: a pack needs no credentials. */
function packEnvironment(options: PackOptions): NodeJS.ProcessEnv {
  const facts = { ORGANIZATION: options.organization, PROJECT: options.project, STACK: options.stack, DRY_RUN: String(options.dryRun) };
  const both = Object.entries(facts).flatMap(([name, value]) => [[`PULUMI_${name}`, value], [`PULUMI_NODEJS_${name}`, value]]);
  return { ...Object.fromEntries(both) as Record<string, string>, PULUMI_CONFIG: "{}", PATH: "/usr/bin:/bin" };
}

/** The pack prints its port as the first line. */
function firstLine(child: ChildProcess, limitMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`did not start within ${limitMs / 1000} s`)), limitMs);
    const fail = (why: string): void => (clearTimeout(timer), reject(new Error(why)));
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`exited with ${code} before it was ready`));
    if (child.stdout === null) return fail("has no standard output");
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      const port = Number(line.trim());
      if (Number.isInteger(port) && port > 0) resolve(port);
      else reject(new Error(`printed "${line}" where its port was expected`));
    });
  });
}

function call<Response>(send: (done: (error: grpc.ServiceError | null, answer: Response) => void) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, answer) => (error ? reject(new Error(error.details || error.message)) : resolve(answer)));
  });
}
