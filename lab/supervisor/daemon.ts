import { chmodSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { createServer } from "node:net";
import type { SiteName } from "../layout";
import { startTimeOf } from "../sites/process-stat";
import { enterNetns, siteNames, siteNetns } from "../sites/names";
import { baseEnvironment } from "./process";
import { SiteProber } from "./prober";
import type { ServiceSpec } from "./service";
import type { Surroundings } from "./service-run";
import type { Answer, Request } from "./socket";
import { lineFrom, socketPath } from "./socket";
import { inState, prepareStateFolder } from "./state-folder";
import { ServiceTable } from "./table";

export interface DaemonSettings {
  readonly lab: string;
  readonly stateDir: string;
  /** Runs a site's prober when put behind the site's prefix; without it nothing is probed. */
  readonly proberArgv?: readonly string[];
  readonly say: (line: string) => void;
}

/** A table of services whose processes run inside the lab's sites. */
export function tableOf(settings: DaemonSettings): { readonly table: ServiceTable; readonly endProbers: () => void } {
  const enter = (site: SiteName): readonly string[] => enterNetns(siteNetns(settings.lab, site));
  const { proberArgv } = settings;
  const probers = new Map(proberArgv && siteNames.map((site) => [site, new SiteProber(site, [...enter(site), ...proberArgv], baseEnvironment)]));
  const around: Surroundings = {
    stateDir: settings.stateDir,
    enter: (spec) => enter(spec.site),
    ask: (spec, ready) => probers.get(spec.site)?.ask(ready) ?? Promise.resolve(`site ${spec.site} is not probed`),
    say: settings.say,
  };
  return { table: new ServiceTable(around), endProbers: () => probers.forEach((prober) => prober.end()) };
}

/**
 * The supervisor: answers at the control socket until it is told to shut down or gets SIGTERM. Either way services that
 * were not stopped go on, and the next supervisor takes them over. The caller holds the folder's lock.
 */
export async function runSupervisor(settings: DaemonSettings, ending: AbortSignal): Promise<void> {
  const { stateDir, say } = settings;
  await prepareStateFolder(stateDir);
  writeFileSync(inState.pid(stateDir), JSON.stringify({ pid: process.pid, startTime: await startTimeOf(process.pid) }), { mode: 0o600 });
  const { table, endProbers } = tableOf(settings);
  await table.resume();

  const { path, done } = socketPath(stateDir);
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    const finish = (): void => {
      say("leaves");
      server.close();
      table.letGo();
      endProbers();
      rmSync(path, { force: true });
      rmSync(inState.pid(stateDir), { force: true });
      done();
      resolve();
    };
    const server = createServer((socket) => void answer(socket, table, finish));
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      say(`pid ${process.pid} listens`);
    });
    ending.addEventListener("abort", finish, { once: true });
  });
}

async function answer(socket: Socket, table: ServiceTable, shutDown: () => void): Promise<void> {
  socket.on("error", () => undefined);
  let reply: Answer;
  let request: Request | undefined;
  try {
    request = JSON.parse(await lineFrom(socket)) as Request;
    reply = { result: (await serve(request, table)) ?? null };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  socket.end(`${JSON.stringify(reply)}\n`, () => {
    if (request?.method === "shutdown") shutDown();
  });
}

async function serve(request: Request, table: ServiceTable): Promise<unknown> {
  switch (request.method) {
    case "hello":
      return { pid: process.pid };
    case "ensure":
      return table.ensure(request.argument as ServiceSpec);
    case "remove":
      return table.remove(request.argument as string);
    case "list":
      return table.list();
    case "stopAll":
      return table.stopAll();
    case "shutdown":
      return undefined;
    default:
      throw new Error(`the supervisor knows no "${String(request.method)}"`);
  }
}
