import { connect, type Socket } from "node:net";
import { stat, unlink } from "node:fs/promises";
import type { Clock } from "./clock";
import { decodeRequest, encodeResponse, FrameReader, type Request, type Response } from "./wire/messages";

export interface ConnectionEvents {
  connected(): void;
  disconnected(why: string): void;
  staleSocketRemoved(): void;
  /** A frame that could not be understood or answered; the connection is closed. */
  broken(why: string): void;
}

export type Answer = (request: Request, signal: AbortSignal) => Promise<Response | undefined>;

const dialEveryMs = 50;

/**
 * Keeps one connection to the node's unix socket: the node listens, the gate dials. When the node drops it, it is dialled
 * again at once: each pause costs the node attempts of its own. The gate never closes it by itself.
 */
export class NodeConnection {
  /** Monotonic time since which the connection stands, or has been gone. */
  since: number;
  connected = false;
  private refusedInode: bigint | undefined;
  /** The socket file of the node that was connected last. Once it refuses, that node is gone: a new one binds a new file. */
  private servedInode: bigint | undefined;
  private first: Socket | undefined;

  constructor(
    private readonly path: string,
    private readonly answer: Answer,
    private readonly clock: Clock,
    private readonly events: ConnectionEvents,
  ) {
    this.since = clock.now();
  }

  /** Clears the way for a node that is about to start. Must be over before anyone is told that the gate is up. */
  async prepare(): Promise<void> {
    for (let look = 0; look < 2 && !this.first; look++) {
      if (look > 0) await this.clock.sleep(dialEveryMs);
      this.first = await this.dialOnce();
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const socket = this.first ?? (await this.dialOnce());
      this.first = undefined;
      if (socket && !socket.destroyed) await this.serve(socket, signal);
      else await this.clock.sleep(dialEveryMs, signal);
    }
  }

  private async dialOnce(): Promise<Socket | undefined> {
    // Before the dial: once it stands, nothing may be awaited until someone listens to its events.
    const inode = await inodeOf(this.path);
    const { socket, code } = await dial(this.path);
    if (socket) {
      this.refusedInode = undefined;
      this.servedInode = inode;
    } else if (code === "ECONNREFUSED") await this.removeStale();
    return socket;
  }

  /**
   * A node never removes its socket, and cannot start while an old one is there. The socket nobody listens on is removed: at
   * once when it is the one we were connected to, because a restarted node binds within tens of milliseconds; otherwise when a
   * second look a moment later finds the same one, because a node that has just bound it listens by then.
   */
  private async removeStale(): Promise<void> {
    const inode = await inodeOf(this.path);
    if (inode === undefined || (inode !== this.refusedInode && inode !== this.servedInode)) {
      this.refusedInode = inode;
      return;
    }
    this.refusedInode = undefined;
    // File systems give an inode's number out again.
    this.servedInode = undefined;
    await unlink(this.path).then(
      () => this.events.staleSocketRemoved(),
      () => undefined,
    );
  }

  private serve(socket: Socket, signal: AbortSignal): Promise<void> {
    const closed = new AbortController();
    const reader = new FrameReader();
    const stop = (): void => void socket.destroy();
    this.mark(true);
    this.events.connected();
    return new Promise((resolve) => {
      let why = "closed by the node";
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      const fail = (problem: unknown): void => {
        why = problem instanceof Error ? problem.message : String(problem);
        this.events.broken(why);
        socket.destroy();
      };
      socket.on("data", (chunk: Buffer) => {
        try {
          for (const frame of reader.push(chunk)) {
            this.reply(socket, decodeRequest(frame), closed.signal).catch(fail);
          }
        } catch (error) {
          fail(error);
        }
      });
      socket.on("error", (error) => (why = error.message));
      // A half-closed connection is a closed one: held work ends with it.
      socket.on("end", () => socket.destroy());
      socket.on("close", () => {
        signal.removeEventListener("abort", stop);
        closed.abort();
        this.mark(false);
        this.events.disconnected(why);
        resolve();
      });
    });
  }

  private async reply(socket: Socket, request: Request, closed: AbortSignal): Promise<void> {
    const response = await this.answer(request, closed);
    if (response && !closed.aborted) socket.write(encodeResponse(response));
  }

  private mark(connected: boolean): void {
    this.connected = connected;
    this.since = this.clock.now();
  }
}

function inodeOf(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then((s) => s.ino, () => undefined);
}

function dial(path: string): Promise<{ readonly socket?: Socket; readonly code?: string }> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const failed = (error: NodeJS.ErrnoException): void => resolve({ code: error.code });
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      // It may break before anyone serves it; without a listener that would end the process.
      socket.on("error", () => undefined);
      resolve({ socket });
    });
  });
}
