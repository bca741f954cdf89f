import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { LineCache } from "src/pages/run/log/lineCache";
import { LogReader, type LogWindow } from "src/pages/run/log/logReader";
import { hitAfter, LogSearch, step } from "src/pages/run/log/logSearch";
import { LINE_PX, SECTION_LINES, sectionStart } from "src/pages/run/log/section";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const numbered = (first: number, count: number): string[] => Array.from({ length: count }, (_, index) => `line ${first + index}`);

test("kept lines are found by their numbers, which begin with 1", () => {
  const cache = new LineCache(10);
  cache.put(8, numbered(8, 5));
  expect([7, 8, 10, 11, 12, 13].map((line) => cache.at(line))).toEqual([undefined, "line 8", "line 10", "line 11", "line 12", undefined]);
});

test("what is asked for is what is missing, up to the end of a chunk or of the log", () => {
  const cache = new LineCache(10);
  expect(cache.gap(3, 5, 100, 1000)).toEqual({ from: 3, count: 8 });
  cache.put(1, numbered(1, 10));
  expect(cache.gap(-4, 10, 100, 1000)).toBeUndefined();
  expect(cache.gap(5, 15, 100, 1000)).toEqual({ from: 11, count: 10 });
  expect(cache.gap(5, 15, 13, 1000)).toEqual({ from: 11, count: 3 });
  expect(cache.gap(5, 45, 100, 20)).toEqual({ from: 11, count: 20 });
  expect(cache.gap(11, 20, 10, 20)).toBeUndefined();
});

test("lines far from those on screen are given up, however much of the log has been looked at", () => {
  const cache = new LineCache(10, 3);
  for (let first = 1; first < 1000; first += 10) {
    cache.put(first, numbered(first, 10));
    cache.keepAround(first);
    expect(cache.size).toBeLessThanOrEqual(3);
  }
  expect(cache.at(991)).toBe("line 991");
  expect(cache.at(1)).toBeUndefined();
});

/** A log on a server, as long as one says. */
function serverLog(total: number, done = true) {
  const log = { total, done, notice: null as string | null, asked: [] as [number, number][], error: undefined as Error | undefined };
  const ask = async (from: number, count: number): Promise<LogWindow> => {
    log.asked.push([from, count]);
    if (log.error !== undefined) throw log.error;
    const first = from > 0 ? from : Math.max(1, log.total + from + 1);
    const lines = numbered(first, Math.max(0, Math.min(count, log.total - first + 1)));
    return { lines, first, total: log.total, done: log.done, notice: log.notice };
  };
  return { log, ask };
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const rest = () => vi.advanceTimersByTimeAsync(100); // after scrolling

test("a reader that begins at the end asks for the last lines only, and then for those on screen", async () => {
  const { log, ask } = serverLog(1_000_000);
  const reader = new LogReader(ask);
  reader.start(true);
  await settle();
  expect(reader.snapshot()).toMatchObject({ begun: true, total: 1_000_000, done: true });
  expect(reader.cache.at(1_000_000)).toBe("line 1000000");
  expect(reader.cache.at(500_000)).toBeUndefined();
  reader.show(500_000, 500_040);
  await rest();
  expect(reader.cache.at(500_000)).toBe("line 500000");
  expect(reader.cache.at(500_040)).toBe("line 500040");
  expect(log.asked.length).toBeLessThan(8);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.asked.length).toBeLessThan(8); // it has ended, so that nobody asks any more
});

test("who scrolls through all of a log has few of its lines in memory", async () => {
  const { ask } = serverLog(200_000);
  const reader = new LogReader(ask);
  reader.start(false);
  for (let line = 1; line < 200_000; line += 2_000) {
    reader.show(line, line + 40);
    await rest();
    expect(reader.cache.at(line)).toBe(`line ${line}`);
    expect(reader.cache.size).toBeLessThanOrEqual(24);
  }
});

test("what nobody waits for any more, since they have scrolled on, is not waited for", async () => {
  const { ask } = serverLog(100_000);
  const waiting: { from: number; signal: AbortSignal; go: () => void }[] = [];
  const slow = async (from: number, count: number, signal: AbortSignal): Promise<LogWindow> => {
    if (from > 1000) await new Promise<void>((go) => waiting.push({ from, signal, go }));
    return ask(from, count);
  };
  const reader = new LogReader(slow);
  reader.start(false);
  await settle();
  reader.show(50_000, 50_040);
  await rest();
  reader.show(90_000, 90_040);
  await rest();
  expect(waiting.map(({ from, signal }) => [from, signal.aborted])).toEqual([[50_000, true], [90_000, false]]);
  waiting[0]?.go();
  waiting[1]?.go();
  await settle();
  expect(reader.cache.at(90_000)).toBe("line 90000");
  expect(reader.cache.at(50_000)).toBeUndefined();
});

test("who drags through a log asks for few of the lines that come by, but for some", async () => {
  const { log, ask } = serverLog(1_000_000);
  const reader = new LogReader(ask);
  reader.start(false);
  await settle();
  const before = log.asked.length;
  for (let line = 1; line < 1_000_000; line += 10_000) {
    reader.show(line, line + 40);
    await vi.advanceTimersByTimeAsync(16);
  }
  expect(log.asked.length - before).toBeGreaterThan(4);
  expect(log.asked.length - before).toBeLessThan(30);
});

test("a log that grows is followed, seldom while nothing comes, and at once where something does", async () => {
  const { log, ask } = serverLog(10, false);
  const reader = new LogReader(ask);
  reader.start(true);
  await settle();
  log.total = 20;
  await vi.advanceTimersByTimeAsync(1_500);
  expect(reader.cache.at(20)).toBe("line 20");
  const before = log.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.asked.length - before).toBeLessThan(15);
  expect(log.asked.at(-1)).toEqual([21, 1000]);
  reader.stop();
  const stopped = log.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.asked.length).toBe(stopped);
});

test("a log that cannot be had says why, and is looked for again", async () => {
  const { log, ask } = serverLog(5);
  log.error = new Error("Linkis does not answer");
  const reader = new LogReader(ask);
  reader.start(true);
  await settle();
  expect((reader.snapshot().error as Error).message).toBe("Linkis does not answer");
  log.error = undefined;
  reader.retry();
  await settle();
  expect(reader.snapshot()).toMatchObject({ error: undefined, total: 5, done: true });
});

test("a log that is shorter than it was is read anew", async () => {
  const { log, ask } = serverLog(100, false);
  const reader = new LogReader(ask);
  reader.start(false);
  await settle();
  log.total = 3;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([reader.snapshot().total, reader.cache.at(50)]).toEqual([3, undefined]);
  reader.stop();
});

test("a page that nobody sees asks for nothing", async () => {
  const { log, ask } = serverLog(10, false);
  let seen = true;
  const reader = new LogReader(ask, () => seen);
  reader.start(false);
  await settle();
  seen = false;
  const before = log.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.asked.length).toBe(before);
  reader.stop();
});

test("a search goes through all of the log piece by piece, and on as it grows", async () => {
  const pieces = [
    { lines: [3, 40], scanned: 50, total: 100, done: false },
    { lines: [70], scanned: 100, total: 100, done: false },
    { lines: [120], scanned: 130, total: 130, done: true },
  ];
  const after: number[] = [];
  const search = new LogSearch(async (_, afterLine) => {
    after.push(afterLine);
    return pieces[after.length - 1]!;
  });
  search.start("x");
  await settle();
  expect(search.snapshot()).toMatchObject({ hits: [3, 40, 70], scanned: 100, going: false, done: false });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(search.snapshot()).toMatchObject({ hits: [3, 40, 70, 120], done: true });
  expect(after).toEqual([0, 50, 100]);
  search.start("");
  expect(search.snapshot().hits).toEqual([]);
});

test("a search that waits for a log to grow says what it has found so far", async () => {
  const shown: boolean[] = [];
  const search = new LogSearch(async (_, afterLine) => ({ lines: [], scanned: Math.min(afterLine + 50, 100), total: 100, done: false }));
  search.subscribe(() => shown.push(search.snapshot().going));
  search.start("x");
  await settle();
  expect(search.snapshot()).toMatchObject({ hits: [], scanned: 100, going: false, done: false });
  shown.length = 0;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown).not.toContain(true);
  search.stop();
});

test("next and previous go from where one is, and round at the ends", () => {
  const hits = [10, 20, 30];
  expect([hitAfter(hits, 9), hitAfter(hits, 10), hitAfter(hits, 30)]).toEqual([0, 1, 3]);
  expect([step(hits, 1, 1), step(hits, 10, 1), step(hits, 30, 1)]).toEqual([10, 20, 10]);
  expect([step(hits, 30, -1), step(hits, 25, -1), step(hits, 10, -1)]).toEqual([20, 20, 30]);
  expect(step([], 5, 1)).toBeUndefined();
});

test("a log that is higher than a browser can show is laid out in sections that move along", () => {
  expect(SECTION_LINES * LINE_PX).toBeLessThan(17_000_000);
  expect(sectionStart(0, 900_000, 900_040, 1_000_000)).toBe(0); // all of it is one section
  expect(sectionStart(0, 500_000, 500_040, 5_000_000)).toBe(0);
  const moved = sectionStart(0, 950_000, 950_040, 5_000_000);
  expect(moved).toBe(450_000);
  expect(sectionStart(moved, 950_000, 950_040, 5_000_000)).toBe(moved);
  expect(sectionStart(moved, 460_000, 460_040, 5_000_000)).toBe(0);
  expect(sectionStart(0, 4_999_960, 5_000_000, 5_000_000)).toBe(4_000_000);
  expect(sectionStart(4_000_000, 1, 40, 100)).toBe(0); // written anew, and short
});
