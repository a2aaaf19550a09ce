import { Limit } from "../../preview/limit";

it("lets no more tasks run at once than it says, and all of them in the end", async () => {
  const limit = new Limit(3);
  let running = 0;
  let most = 0;
  const task = async (index: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, index % 4));
    running--;
    if (index === 7) throw new Error("seven");
    return index;
  };
  const results = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => limit.run(() => task(index))));
  expect(most).toBe(3);
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
  expect(() => new Limit(0)).toThrow("makes no sense");
});
