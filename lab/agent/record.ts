/** What the agent knows of one container; written to disk at each change, so that a new agent goes on where the last one ended. */
export interface ContainerRecord {
  readonly name: string;
  /** Starts so far. The kubelet's `restartCount` is one less. */
  readonly starts: number;
  /** Ends in a row that came within `steadySeconds` of the start; decides the back-off. */
  readonly crashes: number;
  readonly state: Waiting | Running | Exited;
  /** How the attempt before ended. */
  readonly last?: Exited;
  /** Its startup probe has passed, or it runs and has none. */
  readonly started: boolean;
  readonly ready: boolean;
  readonly stopping?: Stopping;
}

export interface Waiting {
  readonly kind: "waiting";
  readonly reason: string;
  readonly message?: string;
}

export interface Running {
  readonly kind: "running";
  /** Host process id of the container's first process and its start in clock ticks since boot: together they are never reused. */
  readonly process?: ProcessId;
  /** No program stands for the image: nothing runs. */
  readonly simulated?: true;
  readonly startedAt: string;
}

export interface Exited {
  readonly kind: "exited";
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly attempt: number;
}

export interface ProcessId {
  readonly pid: number;
  readonly startTicks: string;
}

/** SIGTERM was sent, or will be when the preStop hook returns; SIGKILL follows at the deadline. */
export interface Stopping {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly why: string;
}

export function newRecord(name: string): ContainerRecord {
  return { name, starts: 0, crashes: 0, state: { kind: "waiting", reason: "PodInitializing" }, started: false, ready: false };
}
