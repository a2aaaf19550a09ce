/** Labels by which pods of chains are found: by monitoring, policies, the commands and people. */
export const instanceLabel = "app.kubernetes.io/instance";
export const processLabel = "chainstead.dev/process";
/** `ledger`, `process`, `on-chain` or `none`: how exactly one of this process is enforced. */
export const fenceLabel = "chainstead.dev/fence";
/** Set by the local environment's node agent on a pod whose image it has no program for. */
export const simulatedLabel = "chainstead.dev/simulated";
