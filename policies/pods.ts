import type { ResourceValidationPolicy } from "@pulumi/policy";

import { eachContainer, type Container } from "./workloads";

export const nonRoot: ResourceValidationPolicy = {
  name: "non-root",
  description: "No container runs as root, gains privileges or is privileged.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource: (args, report) => {
    for (const { container, pod } of eachContainer(args.type, args.props)) {
      const own = container.securityContext;
      const user = own?.runAsUser ?? pod.securityContext?.runAsUser;
      if ((own?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true) report(`Container ${container.name}: set runAsNonRoot: true.`);
      if (user === 0) report(`Container ${container.name}: runAsUser is 0. Use the image's own user.`);
      if (own?.allowPrivilegeEscalation !== false) report(`Container ${container.name}: set allowPrivilegeEscalation: false.`);
      if (own?.privileged === true) report(`Container ${container.name} is privileged.`);
    }
  },
};

export const imageByDigest: ResourceValidationPolicy = {
  name: "image-by-digest",
  description: "Every image is pinned by its sha256 digest, so that what was scanned is what runs.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource: (args, report) => {
    for (const { container } of eachContainer(args.type, args.props)) {
      if (!/@sha256:[0-9a-f]{64}$/.test(container.image ?? "")) {
        report(`Container ${container.name}: image ${container.image ?? "(none)"} is not pinned. Write name:tag@sha256:<64 hex digits> in components/versions.ts.`);
      }
    }
  },
};

export const noSecretInEnvironment: ResourceValidationPolicy = {
  name: "no-secret-in-environment",
  description: "No secret in an environment variable: those are seen by every child process, crash dump and `kubectl describe`.",
  enforcementLevel: "mandatory",
  severity: "high",
  validateResource: (args, report) => {
    for (const { container } of eachContainer(args.type, args.props)) {
      for (const name of secretVariables(container)) {
        // The value itself is never part of the message: findings end up in pull requests.
        report(`Container ${container.name}: variable ${name} carries a secret. Mount it as a memory-backed file.`);
      }
    }
  },
};

const secretName = /(^|_)(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|MNEMONIC|SEED|PRIVATE_KEY|PRIVKEY|API_KEY|ACCESS_KEY)($|_)/i;
const secretValue = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bhvs\.[\w-]{20,}|^([a-z]{3,8} ){11,23}[a-z]{3,8}$/;
/** A path or an address is not the secret it leads to. */
const pointsElsewhere = /^(\/|file:|https?:)/;

function secretVariables(container: Container): string[] {
  const direct = (container.env ?? []).filter((variable) => {
    if (variable.valueFrom?.secretKeyRef !== undefined) return true;
    const value = variable.value ?? "";
    return secretValue.test(value) || (value !== "" && secretName.test(variable.name ?? "") && !/_(FILE|PATH|ADDR|URL)$/i.test(variable.name ?? "") && !pointsElsewhere.test(value));
  });
  const whole = (container.envFrom ?? []).filter((source) => source.secretRef !== undefined).map(() => "(envFrom.secretRef)");
  return [...direct.map((variable) => variable.name ?? "(unnamed)"), ...whole];
}
