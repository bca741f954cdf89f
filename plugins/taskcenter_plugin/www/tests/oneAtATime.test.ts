import { expect, test, vi } from "vitest";

import { oneAtATime } from "src/parts/oneAtATime";

const click = (detail: number) => ({ detail });

test("what is clicked on twice is done once, however soon it is done", async () => {
  const once = oneAtATime();
  const work = vi.fn(() => Promise.resolve());
  once(click(1), work);
  await Promise.resolve();
  once(click(2), work);
  expect(work).toHaveBeenCalledTimes(1);
});

test("a key that is held down, which clicks again and again, does not begin anew what is under way", async () => {
  const once = oneAtATime();
  let end = () => {};
  const work = vi.fn(() => new Promise<void>((done) => (end = done)));
  once(click(0), work);
  once(click(0), work);
  expect(work).toHaveBeenCalledTimes(1);
  end();
  await vi.waitFor(() => {
    once(click(0), work);
    expect(work).toHaveBeenCalledTimes(2);
  });
});

test("what has failed can be tried again", async () => {
  const once = oneAtATime();
  const work = vi.fn(() => Promise.reject(new Error("refused")));
  once(click(1), work);
  await vi.waitFor(() => {
    once(click(1), work);
    expect(work).toHaveBeenCalledTimes(2);
  });
});
