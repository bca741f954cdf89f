import { expect, test } from "vitest";

import type { ColumnOut, FiguresOut, JobMetricsOut, RunOut, RunTaskOut } from "src/api/schema";
import { leastGap, pointsOf, textAlong } from "src/pages/run/chart/points";
import { withSample } from "src/pages/run/metrics/samples";
import { drawable, firstAlong, kindOf, numberOf, summaryOf, timeOf } from "src/pages/run/results/columns";
import { chosenStep, goesOn, isUnexplained, stepKey, stepName, upstreamOf } from "src/pages/run/states";

const task = (taskId: string, more: Partial<RunTaskOut> = {}): RunTaskOut =>
  ({ taskId, mapIndex: -1, title: `step ${taskId}`, state: "success", startAt: null, stopAt: null, downstream: [], hasJob: false, ...more }) as RunTaskOut;
const run = (jobStatus: string, tasks: RunTaskOut[]): RunOut => ({ context: { jobStatus }, tasks }) as RunOut;

test("the step that is looked at is the one asked for, or the one at work, or the one that has failed", () => {
  const tasks = [task("a"), task("b", { state: "failed" }), task("c", { state: "running" }), task("d", { mapIndex: 2 })];
  expect(chosenStep(tasks, "d[2]")?.taskId).toBe("d");
  expect(chosenStep(tasks, "no such step")?.taskId).toBe("c");
  expect(chosenStep(tasks.slice(0, 2), null)?.taskId).toBe("b");
  expect(chosenStep([task("a"), task("b", { hasJob: true })], null)?.taskId).toBe("b");
  expect(chosenStep([], null)).toBeUndefined();
  expect([stepKey(tasks[3]!), stepName(tasks[3]!)]).toEqual(["d[2]", "step d [2]"]);
});

test("a run goes on while it is said to, or while one of its tasks is at work", () => {
  expect(goesOn(run("RUNNING", [task("a")]))).toBe(true);
  expect(goesOn(run("CANCELLED", [task("a", { state: "running" })]))).toBe(true);
  expect(goesOn(run("SUCCESSFUL", [task("a"), task("b", { state: "skipped" })]))).toBe(false);
});

test("a step that has failed while its job went well, or cannot be asked, wants another log", () => {
  const failed = task("a", { state: "failed", hasJob: true });
  expect(isUnexplained(failed, "succeeded", false)).toBe(true);
  expect(isUnexplained(failed, "running", true)).toBe(true);
  expect(isUnexplained(failed, "failed", false)).toBe(false);
  expect(isUnexplained(task("a", { state: "running", hasJob: true }), undefined, true)).toBe(false);
  expect(isUnexplained(task("a", { state: "failed" }), undefined, false)).toBe(false);
});

test("each step names those that it waits for once, mapped ones too", () => {
  const tasks = [task("a", { downstream: ["c"] }), task("b", { mapIndex: 0, downstream: ["c"] }), task("b", { mapIndex: 1, downstream: ["c"] })];
  expect(upstreamOf(tasks).get("c")).toEqual(["step a", "step b"]);
});

const column = (name: string): ColumnOut => ({ name, type: "string", comment: null });
const ROWS = [
  ["2026-03-05 15:01:02", "north", "1", "1e3", null],
  ["2026-03-06 00:00:00", "south", null, "-2.5", null],
];

test("columns are told by their values: numbers, times and texts, NULLs left out", () => {
  expect([0, 1, 2, 3, 4].map((index) => kindOf(ROWS, index))).toEqual(["time", "text", "number", "number", "text"]);
  expect([numberOf(""), numberOf(" "), numberOf("x"), numberOf("NaN"), numberOf("12")]).toEqual([null, null, null, null, 12]);
  const columns = ["at", "where", "n", "m", "nothing"].map(column);
  expect([drawable(columns, ROWS), firstAlong(columns, ROWS)]).toEqual([[2, 3], 0]);
  expect(firstAlong([column("n")], [["1"]])).toBe(-1);
});

test("a time without a zone keeps its text", () => {
  const at = timeOf("2026-03-05 15:01:02");
  expect(at).toBe(Date.parse("2026-03-05T15:01:02Z") / 1000);
  expect(textAlong({ name: "at", values: [], kind: "time", zone: "UTC" }, at!, "en")).toBe("15:01:02");
  expect([timeOf("2026-03-05"), timeOf("2026-03-05T15:01:02+08:00"), timeOf("5 March"), timeOf("2026-13-45")]).toEqual([
    Date.parse("2026-03-05T00:00:00Z") / 1000, Date.parse("2026-03-05T07:01:02Z") / 1000, null, null,
  ]);
});

test("a series is summed up without its NULLs", () => {
  expect(summaryOf([1, null, 3])).toEqual({ count: 2, least: 1, greatest: 3, mean: 2 });
  expect(summaryOf([null])).toBeUndefined();
});

test("points are drawn in the order of the axis, each series beside it", () => {
  const x = { name: "x", values: [3, 1, 2], kind: "number" } as const;
  expect(pointsOf(x, [{ name: "y", values: [30, 10, null] }])).toEqual([[1, 2, 3], [10, null, 30]]);
  expect([leastGap([1, 4, 6, 6]), leastGap([5]), leastGap([])]).toEqual([2, 1, 1]);
  expect(textAlong({ name: "x", values: [1], kind: "text", texts: ["north"] }, 1, "en")).toBe("north");
});

const figures = (records: number | null, recordsPerSecond: number | null = null): JobMetricsOut =>
  ({ figures: { records, recordsPerSecond, errorRecords: 0 } as FiguresOut }) as JobMetricsOut;

test("the speed of a transfer is what its system says, or else what has come since the sample before", () => {
  const first = withSample([], { ...figures(100), at: "2026-03-05T15:00:00Z" });
  const second = withSample(first, { ...figures(300), at: "2026-03-05T15:00:02Z" });
  const third = withSample(second, { ...figures(400, 77), at: "2026-03-05T15:00:04Z" });
  expect(third.map(({ rate }) => rate)).toEqual([null, 100, 77]);
  expect(withSample(third, { ...figures(500), at: "2026-03-05T15:00:04Z" })).toBe(third); // the same second again
  expect(withSample(third, { ...figures(10), at: "2026-03-05T15:00:06Z" }).at(-1)?.rate).toBeNull(); // begun anew
});
