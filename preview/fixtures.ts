import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { PropertyMap } from "./backend";
import { revealSecrets, type PropertyValue } from "./values";
import { fromJsonMap, toJson, type Json } from "./wire/struct";

const json = z.custom<Json>(() => true);
const object = z.record(z.string(), json);

const fixtureFile = z.strictObject({
  stackReferences: z.record(z.string(), object).optional(),
  invokes: z.record(z.string(), z.array(z.strictObject({ args: object.optional(), result: object }))).optional(),
});

/** Answers, declared beforehand, to what only the outside world knows. */
export interface Fixtures {
  /** Stack name, short or `organization/project/stack` -> its outputs. */
  readonly stackReferences: { readonly [stack: string]: PropertyMap };
  /** Function token -> answers, tried in order. */
  readonly invokes: { readonly [token: string]: readonly InvokeFixture[] };
  /** The file they come from, for messages. */
  readonly source: string;
}

export interface InvokeFixture {
  /** Arguments that have to be equal for this answer; arguments not named here may be anything. */
  readonly args: PropertyMap;
  readonly result: PropertyMap;
}

export const noFixtures = (source: string): Fixtures => ({ stackReferences: {}, invokes: {}, source });

/** Reads a fixture file; an absent one holds nothing. @throws Error naming the file and what is wrong in it */
export function readFixtures(file: string): Fixtures {
  if (!existsSync(file)) return noFixtures(file);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = fixtureFile.safeParse(content);
  if (!parsed.success) throw new Error(`${file} is no fixture file: ${parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`).join("; ")}.`);
  return {
    stackReferences: Object.fromEntries(Object.entries(parsed.data.stackReferences ?? {}).map(([name, outputs]) => [name, fromJsonMap(outputs)])),
    invokes: Object.fromEntries(
      Object.entries(parsed.data.invokes ?? {}).map(([token, answers]) => [token, answers.map(({ args, result }) => ({ args: fromJsonMap(args ?? {}), result: fromJsonMap(result) }))]),
    ),
    source: file,
  };
}

/** The declared answer to a function. @throws Error naming call site, token and arguments, and how to declare the answer */
export function answerInvoke(fixtures: Fixtures, token: string, args: PropertyMap, callSite: string | undefined): PropertyMap {
  const declared = fixtures.invokes[token] ?? [];
  const answer = declared.find((fixture) => Object.entries(fixture.args).every(([key, value]) => isDeepStrictEqual(plain(value), plain(args[key] ?? null))));
  if (answer) return answer.result;
  const shown = JSON.stringify(args);
  const others = declared.length > 0 ? ` (${declared.length} declared, for other arguments)` : "";
  throw new Error(
    `The program calls ${token} with ${shown} at ${callSite ?? "an unknown place"}, and no answer is declared${others}. Nothing outside is asked here: ` +
      `declare it in ${fixtures.source} under "invokes": {"${token}": [{"args": ${shown}, "result": {...}}]}.`,
  );
}

/** Another stack's declared outputs, by full or short name. @throws Error naming call site and stack, and how to declare them */
export function answerStackReference(fixtures: Fixtures, name: string, callSite: string | undefined): PropertyMap {
  const outputs = fixtures.stackReferences[name] ?? fixtures.stackReferences[name.split("/").pop() ?? name];
  if (outputs) return outputs;
  throw new Error(
    `The program reads the outputs of stack ${name} at ${callSite ?? "an unknown place"}, and none are declared. ` +
      `Evaluate the whole environment, so that they come from that stack's own evaluation, or declare them in ${fixtures.source} under "stackReferences": {"${name}": {...}}.`,
  );
}

/** Fixtures with more stacks' outputs; what the file declares goes first. */
export function withStackOutputs(fixtures: Fixtures, outputs: { readonly [stack: string]: PropertyMap }): Fixtures {
  return { ...fixtures, stackReferences: { ...outputs, ...fixtures.stackReferences } };
}

const plain = (value: PropertyValue): unknown => toJson(revealSecrets(value));

