import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** Stands where a path would stand when none was given: a preview needs none, and a provider that tries to read it says what to do. */
export const kubeconfigNotGiven = "pass -c chainstead:kubeconfig=<path of the region's kubeconfig>";

const kubeconfig = z.object({ clusters: z.array(z.object({ cluster: z.object({ "certificate-authority-data": z.string() }) })).min(1) });

/**
 * The certificate authority in a kubeconfig: PEM in base64, public. Without a path it is the placeholder above, in base64.
 *
 * @throws Error naming the file when it cannot be read or holds no certificate authority
 */
export function certificateAuthorityOf(path: string | undefined): string {
  if (path === undefined) return Buffer.from(kubeconfigNotGiven).toString("base64");
  try {
    return kubeconfig.parse(parse(readFileSync(path, "utf8"))).clusters[0]!.cluster["certificate-authority-data"];
  } catch (error) {
    throw new Error(`The kubeconfig ${path} (stack configuration chainstead:kubeconfig) cannot be used: ${error instanceof Error ? error.message : String(error)}. Give the path of a kubeconfig with certificate-authority-data.`);
  }
}
