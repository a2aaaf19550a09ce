import { connect } from "node:net";

/** Milliseconds that a host has to take a connection; name resolution included. */
export const connectPatience = 2000;

/** Asks each host once a run, so that a machine without a way out waits 2 s in all and not 2 s a program. */
export class Reachability {
  private readonly known = new Map<string, Promise<string | undefined>>();

  /** Undefined when the host takes connections, else why not. */
  ask(url: string): Promise<string | undefined> {
    const { hostname, port, protocol } = new URL(url);
    const number = port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
    const key = `${hostname}:${number}`;
    const asked = this.known.get(key) ?? tryConnect(hostname, number);
    this.known.set(key, asked);
    return asked;
  }
}

function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (problem?: string): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(problem);
    };
    const late = setTimeout(() => settle(`${host} does not answer within ${connectPatience / 1000} s`), connectPatience);
    socket.once("connect", () => settle());
    socket.once("error", (error: NodeJS.ErrnoException) => settle(`${host} cannot be reached (${error.code ?? error.message})`));
  });
}
