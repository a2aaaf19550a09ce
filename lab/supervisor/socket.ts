import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { inState } from "./state-folder";

/** Longest path of a Unix socket, unix(7): 107 bytes and a zero. */
const longest = 107;

/**
 * The control socket's path, however deep the lab's folder lies: a long one is said by way of an open descriptor of the folder.
 * @returns the path and what to call when it is used no more
 */
export function socketPath(stateDir: string): { readonly path: string; readonly done: () => void } {
  const path = inState.socket(stateDir);
  if (Buffer.byteLength(path) <= longest) return { path, done: () => undefined };
  const folder = openSync(stateDir, "r");
  return { path: `/proc/self/fd/${folder}/supervisor.sock`, done: () => closeSync(folder) };
}

export type Method = "hello" | "ensure" | "remove" | "list" | "stopAll" | "shutdown";

/** One request and one answer a connection, each a JSON document on a line. */
export interface Request {
  readonly method: Method;
  readonly argument?: unknown;
}

export type Answer = { readonly result: unknown } | { readonly error: string };

/** First line that the other side sends; rejects when it closes before. */
export function lineFrom(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed the connection")));
  });
}

/**
 * Asks the supervisor of a lab's folder.
 * @param patience milliseconds until it counts as stuck; without it, waits as long as the connection stands
 * @throws when none answers, or what it answers as an error
 */
export async function call(stateDir: string, request: Request, patience?: number): Promise<unknown> {
  const { path, done } = socketPath(stateDir);
  const socket = connect(path);
  let late: NodeJS.Timeout | undefined;
  try {
    const line = lineFrom(socket);
    if (patience !== undefined) late = setTimeout(() => socket.destroy(new Error(`did not answer within ${patience} ms`)), patience);
    socket.write(`${JSON.stringify(request)}\n`);
    const answer = JSON.parse(await line) as Answer;
    if ("error" in answer) throw new ServiceError(answer.error);
    return answer.result;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new NoSupervisorError(stateDir, request.method, error);
  } finally {
    clearTimeout(late);
    socket.destroy();
    done();
  }
}

/** The supervisor answered, and what it says is an error. */
export class ServiceError extends Error {}

/** Nobody answers at the control socket, or it left while it was asked. */
export class NoSupervisorError extends Error {
  constructor(stateDir: string, method: Method, cause: unknown) {
    super(`the supervisor of the lab in ${stateDir} cannot be asked to ${method}: ${cause instanceof Error ? cause.message : String(cause)}. \`make up\` starts one and takes over what still runs`, { cause });
  }
}
