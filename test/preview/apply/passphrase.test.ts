import { Passphrase } from "../../../preview/apply/passphrase";

// Key derivation is slow by intent, and slower on a busy machine.
jest.setTimeout(60_000);

/** States made by the real engine, from github.com/pulumi/pulumi pkg/secrets/passphrase/manager_test.go and its plugin's test. */
const engineStates = [
  ["password", "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="],
  ["", "v1:LVuDkcjhUns=:v1:WPbL+tmbxnqWswQ2:lebZxStyHT3IZkmbN+3xCx9zqtoPog=="],
] as const;

test.each(engineStates)("opens the real engine's state with the passphrase %j, and no other", async (phrase, state) => {
  const opened = await Passphrase.open(phrase, state);
  expect(opened.unseal(opened.seal('{"a":"ä"}'))).toBe('{"a":"ä"}');
  await expect(Passphrase.open("password123", state)).rejects.toThrow(/does not belong to this state/);
});

test("a state of its own opens again; the same text is never sealed alike twice", async () => {
  const fresh = await Passphrase.fresh("word");
  expect(fresh.state).toMatch(/^v1:[A-Za-z0-9+/=]+:v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$/);
  expect(fresh.seal("x")).not.toBe(fresh.seal("x"));
  expect((await Passphrase.open("word", fresh.state)).unseal(fresh.seal("x"))).toBe("x");
  const sealed = fresh.seal("text");
  expect(() => fresh.unseal(`${sealed.slice(0, -6)}AAAA==`)).toThrow();
});

test("another form is told", async () => {
  await expect(Passphrase.open("x", "v2:a:b:c:d")).rejects.toThrow(/only passphrase v1 is understood/);
});
