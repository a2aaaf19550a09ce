/** Trust policy of a role that an AWS service assumes. */
export function assumedBy(service: string, actions: readonly string[] = ["sts:AssumeRole"]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }] });
}

/** EKS Pod Identity: the agent on the node hands out the role and tags the session with namespace and service account. */
export const assumedByPods = assumedBy("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]);
