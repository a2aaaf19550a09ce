import { restartAdvice, type RestartInput } from "../../../agents/gate/restart-advice";

/** A standby whose node lost a step of height 8 while the chain stands at 7. */
const lost: RestartInput = {
  now: 100_000,
  ledgerUp: true,
  ledgerUpSince: 0,
  connected: true,
  connectedSince: 0,
  standby: true,
  chainHeight: 7,
  heightMovedAt: 90_000,
  nodeHeight: 7,
  blockTimeMs: 5000,
  nodeHasDecoy: false,
  lastRefusedHeight: 8,
};

test.each<[string, Partial<RestartInput>, boolean]>([
  ["the standby's node after 10 s", {}, true],
  ["not before", { heightMovedAt: 90_001 }, false],
  ["a node that was shown the decoy", { lastRefusedHeight: 0, nodeHasDecoy: true }, true],
  ["never without a cause of our own: others may halt a chain", { lastRefusedHeight: 7 }, false],
  ["the holder's node 20 s later", { standby: false }, false],
  ["the holder's node", { standby: false, heightMovedAt: 70_000 }, true],
  ["never while the quorum is gone", { ledgerUp: false }, false],
  ["the time counts from the quorum's return", { ledgerUpSince: 95_000 }, false],
  ["the time counts from the node's last start", { connectedSince: 95_000 }, false],
  ["never without an independent node's word", { chainHeight: undefined }, false],
  ["a node that is behind only has to catch up", { nodeHeight: 6 }, false],
  ["not again within a minute", { restartedAt: 40_001 }, false],
  ["again after a minute", { restartedAt: 40_000 }, true],
])("%s", (_name, change, expected) => {
  expect(restartAdvice({ ...lost, ...change }) !== undefined).toBe(expected);
});
