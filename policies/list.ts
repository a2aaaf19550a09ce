import type { Policies } from "@pulumi/policy";

import { encryption } from "./encryption";
import { defaultDeny, noPublicEndpoint } from "./network";
import { metadataHopLimit } from "./nodes";
import { imageByDigest, noSecretInEnvironment, nonRoot } from "./pods";
import { deleteBeforeReplace, gatePresent, oneProducer, signingStateProtected } from "./producers";
import { explicitProvider } from "./providers";

/** What is forbidden. Apart from `index.ts`, because a PolicyPack starts its server as soon as it is constructed. */
export const policies: Policies = [
  oneProducer,
  gatePresent,
  deleteBeforeReplace,
  signingStateProtected,
  nonRoot,
  imageByDigest,
  noSecretInEnvironment,
  defaultDeny,
  noPublicEndpoint,
  metadataHopLimit,
  encryption,
  explicitProvider,
];
