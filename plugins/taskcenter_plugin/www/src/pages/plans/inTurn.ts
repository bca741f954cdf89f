export type Failure<Item> = { item: Item; error: unknown };

/**
 * Does something with each item, with a few at a time, and goes on where one fails.
 *
 * @param onStep is told after each how many are done with.
 */
export async function inTurn<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  { atOnce = 4, onStep = () => undefined }: { atOnce?: number; onStep?: (finished: number) => void } = {},
): Promise<Failure<Item>[]> {
  const failures: (Failure<Item> | undefined)[] = [];
  let next = 0;
  let finished = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index] as Item;
      try {
        await work(item);
      } catch (error) {
        failures[index] = { item, error };
      }
      onStep(++finished);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return failures.filter((each) => each !== undefined);
}
