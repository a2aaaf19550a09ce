import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulumiPlugins, pulumiUp, type PulumiRun } from "../../../lab/bring-up/pulumi-cli";

/** A stand-in that writes down how it was called. What the real CLI does with it is not proven here. */
const folder = mkdtempSync(join(tmpdir(), "chainstead-pulumi-"));
const cli = join(folder, "pulumi");
const calls = join(folder, "calls");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fake(then: string): void {
  writeFileSync(cli, `#!/bin/sh\necho "$* | $PULUMI_BACKEND_URL | $PULUMI_HOME | $VAULT_TOKEN" >> ${calls}\n${then}\n`);
  chmodSync(cli, 0o755);
}

const run: PulumiRun = {
  cli,
  root: folder,
  state: join(folder, "state"),
  cache: join(folder, "cache"),
  stack: "local-a-chains",
  access: { config: { kubeconfig: "/lab/kube/a-admin.yaml" }, vaultToken: "hvs.secret" },
  signal: new AbortController().signal,
  report: () => undefined,
};

beforeAll(() => mkdirSync(run.state));
beforeEach(() => rmSync(calls, { force: true }));

test("a plain `pulumi up` with the lab's own backend; the token is in the environment and in no argument", async () => {
  fake("exit 0");
  await pulumiPlugins({ ...run, access: undefined } as Parameters<typeof pulumiPlugins>[0]);
  await pulumiUp(run);
  const rest = `| file://${run.state}/backend | ${run.cache}/pulumi |`;
  expect(readFileSync(calls, "utf8").trimEnd().split("\n").map((line) => line.trimEnd())).toEqual([
    `install --no-dependencies ${rest}`,
    `stack select --create local-a-chains ${rest} hvs.secret`,
    `up --yes --skip-preview --non-interactive --color never --stack local-a-chains -c chainstead:kubeconfig=/lab/kube/a-admin.yaml ${rest} hvs.secret`,
  ]);
});

test("a failure says what was called and what the CLI said last", async () => {
  fake("echo 'error: no such plugin' >&2; exit 255");
  await expect(pulumiUp(run)).rejects.toThrow(/`pulumi stack select --create local-a-chains` ended with 255:\nerror: no such plugin/);
});

test("an interrupt reaches it", async () => {
  fake('trap "exit 130" INT; touch ready; while :; do sleep 0.05; done');
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 300);
  await expect(pulumiUp({ ...run, signal: ending.signal })).rejects.toThrow(/ended with 130/);
});
