import { createHash } from "node:crypto";
import { addressOf, keyPairOf, nodeId, validatorKeyFile } from "../../../chains/cometbft/keys";
import { validatorTransaction, worldGenesis, worldPeers, worldValidatorFiles } from "../../../chains/cometbft/world";

describe("the world's files", () => {
  it("computes addresses as CometBFT does", () => {
    // A key made by `cometbft init` of v1.0.1.
    expect(addressOf(Buffer.from("l2mxM/LaGxWXu9/HdInciejwlkAwnblFC29P58JZQwM=", "base64"))).toBe("AE30ADA7B77CAD712B06DC153EFAC8482F0B2AA4");
  });

  it("writes a private key as seed and public key", () => {
    const key = keyPairOf("a word");
    const file = JSON.parse(validatorKeyFile(key)) as { priv_key: { value: string }; pub_key: { value: string } };
    const secret = Buffer.from(file.priv_key.value, "base64");
    expect(secret.subarray(0, 32)).toEqual(createHash("sha256").update("a word").digest());
    expect(secret.subarray(32).toString("base64")).toBe(file.pub_key.value);
    expect(nodeId(key)).toMatch(/^[0-9a-f]{40}$/);
  });

  it("never changes the genesis of a running network: nodes refuse another one", () => {
    const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect([digest(worldGenesis("local")), digest(worldGenesis("local-fast"))]).toEqual(["b78e7b5f53a4d84c15fb927c28512cc66742064884007c8f8e838b28fd5ba578", "b5186e8c64a171bb48b9a8225b279fbb69c5f3261e4afbce4137ce4ae8c5b4a4"]);
  });

  it("gives each outside validator identities of its own and the others as peers", () => {
    const config = worldValidatorFiles("local", 1)[0]?.content ?? "";
    const peers = /persistent_peers = "([^"]*)"/.exec(config)?.[1]?.split(",") ?? [];
    expect(peers).toEqual([worldPeers()[0], worldPeers()[2]]);
    expect(new Set(worldPeers().map((peer) => peer.split("@")[0])).size).toBe(3);
    expect(() => worldValidatorFiles("local", 3)).toThrow(/no outside validator 3; use 0 to 2/);
  });

  it("refuses a transaction that the application would take for something else", () => {
    expect(validatorTransaction("l2mxM/LaGxWXu9/HdInciejwlkAwnblFC29P58JZQwM=", 10)).toBe("val=ed25519!l2mxM/LaGxWXu9/HdInciejwlkAwnblFC29P58JZQwM=!10");
    expect(() => validatorTransaction("abc", 10)).toThrow(/not a base64 Ed25519 public key of 32 bytes/);
    expect(() => validatorTransaction("l2mxM/LaGxWXu9/HdInciejwlkAwnblFC29P58JZQwM=", -1)).toThrow(/power -1 must be a whole number/);
  });
});
