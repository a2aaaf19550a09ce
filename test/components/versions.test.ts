import { imageReference, images } from "../../components/versions";

describe("images", () => {
  it.each(Object.entries(images))("%s is an exact version by digest", (_name, pin) => {
    expect(pin.reference).toMatch(/^[a-z0-9.-]+\.[a-z]+\/[a-z0-9./-]+:v?\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    expect(pin.why).toMatch(/\S/);
  });

  it("tells placeholders from digests that a registry knows", () => {
    expect(Object.entries(images).filter(([, pin]) => pin.simulatedDigest).map(([name]) => name)).toEqual(["cometbft", "agents", "gaiad", "dummy", "vault"]);
  });

  it("names the unknown word and the remedy", () => {
    expect(() => imageReference("geth")).toThrow(/has no image 'geth'; known are .*: add it there, by digest/);
  });
});
