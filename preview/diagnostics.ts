import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { SourcePosition as SourcePositionMessage, StackTrace } from "@pulumi/pulumi/proto/source_pb";
import type { SourcePosition } from "./backend";
import { redacted } from "./values";

export type Severity = "debug" | "info" | "warning" | "error";

/** One line for the person who asked: from the program's log, its console, or the evaluator itself. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly message: string;
  readonly urn?: string;
}

/** The shortest secret that is looked for in texts; shorter ones ("1", "true") would redact ordinary words. */
const shortestSecret = 4;

/** Collects what is said during a run and keeps secrets out of it, the program's own output included. */
export class Diagnostics {
  readonly #list: Diagnostic[] = [];
  readonly #secrets = new Set<string>();
  readonly #refusals = new Set<string>();
  #failed = false;

  /** @param onLine sees each line as it comes, redacted as far as secrets are known by then */
  constructor(private readonly onLine?: (line: Diagnostic) => void) {}

  /** Remembers a secret text so that no message shows it. */
  protect(text: string): void {
    if (text.length >= shortestSecret) this.#secrets.add(text);
  }

  add(severity: Severity, text: string, urn?: string): void {
    if (severity === "error") this.#failed = true;
    const message = stripVTControlCharacters(text);
    // The SDK reports what the evaluator refused a second time, wrapped in its own frames.
    if (severity === "error" && [...this.#refusals].some((refusal) => message.includes(refusal))) return;
    const line = { severity, message, ...(urn ? { urn } : {}) };
    this.#list.push(line);
    this.onLine?.({ ...line, message: this.redact(message) });
  }

  /** The evaluator's own error about one request; the SDK's echo of it is left out. */
  refuse(message: string, subject?: string): void {
    this.add("error", subject ? `${subject}: ${message}` : message);
    this.#refusals.add(message);
  }

  /** Has an error been said? Then the run has failed, whatever the exit code. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Removes every known secret from a text. */
  redact(text: string): string {
    // Longest first, so that a secret that contains another leaves no rest.
    return [...this.#secrets].sort((a, b) => b.length - a.length).reduce((clean, secret) => clean.split(secret).join(redacted), text);
  }

  /** All lines, redacted now: a secret may have become known only after the line was written. */
  list(): readonly Diagnostic[] {
    return this.#list.map((line) => ({ ...line, message: this.redact(line.message) }));
  }
}

/** "infra/region.ts:12:5", relative to the project's root where possible. */
export function describePosition(position: SourcePosition | undefined, root: string): string {
  if (!position) return "an unknown place";
  const path = relative(root, position.file);
  return `${path.startsWith("..") ? position.file : path}:${position.line}:${position.column}`;
}

/**
 * The place in the program that the SDK's trace leads to: the innermost frame that is not a package's own. The SDK's first frame alone
 * lies inside the provider's package for some classes.
 */
export function decodePosition(position: SourcePositionMessage | undefined, trace?: StackTrace): SourcePosition | undefined {
  const frames = [position, ...(trace?.getFramesList().map((frame) => frame.getPc()) ?? [])].filter((frame) => frame !== undefined && frame.getUri() !== "");
  const own = frames.find((frame) => frame !== undefined && !frame.getUri().includes("/node_modules/")) ?? frames[0];
  if (!own) return undefined;
  const uri = own.getUri();
  return { file: uri.startsWith("file://") ? fileURLToPath(uri) : uri, line: own.getLine(), column: own.getColumn() };
}
