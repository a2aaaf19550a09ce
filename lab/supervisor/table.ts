import { rotateLogs } from "./log-file";
import { readRecords } from "./record";
import type { ServiceSpec, ServiceState, Supervisor } from "./service";
import type { Surroundings } from "./service-run";
import { ServiceRun } from "./service-run";

/** Name under which the supervisor itself is marked and logs. */
export const supervisorService = "supervisor";

const namePattern = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** Milliseconds between looks at the size of the logs. */
const rotateEvery = 15_000;

/** All services of a lab, in this process. */
export class ServiceTable implements Supervisor {
  private readonly services = new Map<string, ServiceRun>();
  /** What is being done to each service; the next thing waits for it. */
  private readonly queues = new Map<string, Promise<unknown>>();
  private nextOrder = 1;
  private rotation: NodeJS.Timeout | undefined;

  constructor(private readonly around: Surroundings) {}

  /** Takes over what an earlier supervisor left running and starts what it left stopped. */
  async resume(): Promise<void> {
    await this.adopt();
    for (const service of this.services.values()) await service.startUnlessRunning();
    this.rotation = setInterval(() => void rotateLogs(this.around.stateDir).catch((error: unknown) => this.around.say(`logs cannot be rotated: ${String(error)}`)), rotateEvery);
    this.rotation.unref();
  }

  /** Takes over what an earlier supervisor left running, and starts nothing. */
  async adopt(): Promise<void> {
    for (const record of await readRecords(this.around.stateDir)) {
      const service = new ServiceRun(record.spec, record.order, this.around);
      this.nextOrder = Math.max(this.nextOrder, record.order + 1);
      this.services.set(record.spec.name, service);
      await service.adopt(record);
    }
  }

  ensure(spec: ServiceSpec): Promise<void> {
    check(spec);
    return this.inTurn(spec.name, async () => {
      const present = this.services.get(spec.name);
      if (present && same(present.spec, spec)) return present.untilReady();
      await present?.stop();
      const service = new ServiceRun(spec, present?.order ?? this.nextOrder++, this.around);
      this.services.set(spec.name, service);
      await service.start();
      return service.untilReady();
    });
  }

  async remove(name: string): Promise<void> {
    // Ends a wait for readiness, which would hold up its turn.
    const waiting = this.services.get(name);
    this.services.delete(name);
    await waiting?.stop();
  }

  list(): Promise<readonly ServiceState[]> {
    return Promise.resolve([...this.services.values()].sort((x, y) => x.order - y.order).map((service) => service.describe()));
  }

  /** Stops every service, the one started last first. */
  async stopAll(): Promise<void> {
    for (const service of [...this.services.values()].sort((x, y) => y.order - x.order)) await this.remove(service.spec.name);
  }

  /** Lets go of all services without ending them. */
  letGo(): void {
    clearInterval(this.rotation);
    for (const service of this.services.values()) service.letGo();
  }

  private inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(name) ?? Promise.resolve()).then(work, work);
    this.queues.set(name, turn.catch(() => undefined));
    return turn;
  }
}

function check(spec: ServiceSpec): void {
  if (!namePattern.test(spec.name) || spec.name === supervisorService) {
    throw new Error(`service name "${spec.name}" cannot be used: small letters, digits, dots and hyphens, at most 63, and not "${supervisorService}"`);
  }
  if (!spec.argv[0]?.startsWith("/")) throw new Error(`service ${spec.name}: its program "${spec.argv[0] ?? ""}" must be an absolute path`);
}

/** Equal as data, whatever the order of the fields. */
function same(x: unknown, y: unknown): boolean {
  const sorted = (_key: string, value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([p], [q]) => (p < q ? -1 : 1))) : value;
  return JSON.stringify(x, sorted) === JSON.stringify(y, sorted);
}
