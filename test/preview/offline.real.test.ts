import { execFile } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

/** Runs a command in a network namespace of its own, where nothing but loopback is, and with an empty environment. */
function withoutNetwork(script: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile("unshare", ["--net", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent", "sh", "-c", script, process.execPath], { cwd: root, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

test.each(["staging-aws-eu-west-1-chains", "local-a-chains"])("%s needs no network and no credentials, policies included", async (stack) => {
  const { code, output } = await withoutNetwork(`ip link set lo up && exec "$0" bin/chainstead.js preview ${stack}`);
  expect(output).toContain("The policy pack found nothing.");
  expect(output).toContain("kubernetes apps/v1 StatefulSet");
  expect(code).toBe(0);
}, 150_000);

test("a namespace without even loopback is said, with the remedy", async () => {
  const { code, output } = await withoutNetwork(`exec "$0" bin/chainstead.js preview local-a-chains`);
  expect(code).toBe(1);
  expect(output).toContain("ip link set lo up");
}, 60_000);
