import { expect, test } from "vitest";

import type { PlanExtrasOut, PlanOut } from "src/api/schema";
import { isOffered, wantsQuestion } from "src/pages/plans/actions";
import { heights } from "src/pages/plans/heights";
import { inTurn } from "src/pages/plans/inTurn";
import { DEFAULT_VIEW, isFiltered, queryOf, searchOf, sortedBy, viewOf } from "src/pages/plans/view";

test("the address keeps what is shown, and leaves out what is so by default", () => {
  const view = { ...DEFAULT_VIEW, q: "a&b 中", status: "FAILED", enabled: "false", sort: "startAt", descending: true, offset: 50 } as const;
  expect(viewOf(new URLSearchParams(searchOf(view).toString()))).toEqual(view);
  expect(searchOf(DEFAULT_VIEW).toString()).toBe("");
});

test("nonsense in an address is as if it were not there", () => {
  const nonsense = "status=GREEN&enabled=maybe&sort=-weight&offset=-1&limit=100000&creator=you";
  expect(viewOf(new URLSearchParams(nonsense))).toEqual({ ...DEFAULT_VIEW, descending: true });
});

test("the server is asked for what is narrowed, and nothing else", () => {
  expect(queryOf(DEFAULT_VIEW)).toEqual({ offset: 0, limit: 25, sort: "id" });
  const narrowed = { ...DEFAULT_VIEW, group: "LINKIS", creator: "7", enabled: "true", sort: "name", descending: true } as const;
  expect(queryOf(narrowed)).toEqual({
    offset: 0, limit: 25, sort: "-name", entityGroup: "LINKIS", entityCreatedByList: "7", enabled: "true",
  });
  expect([isFiltered(DEFAULT_VIEW), isFiltered(narrowed)]).toEqual([false, true]);
});

test("a heading sorts, another click turns it round, and both begin with the first page", () => {
  const once = sortedBy(DEFAULT_VIEW, "name");
  expect([once.sort, once.descending, once.offset]).toEqual(["name", false, 0]);
  expect(sortedBy(once, "name").descending).toBe(true);
  expect(sortedBy(once, "startAt").descending).toBe(true); // the newest first
});

const plan = (more: Partial<PlanOut>) => ({ enabled: true, jobStatus: "SUCCESSFUL", ...more }) as PlanOut;
const ALL = { edit: true, run: true, cancel: true, delete: true, readRuns: true };
const extras = (may = ALL, ...statuses: string[]) =>
  ({ may, runs: statuses.map((jobStatus) => ({ jobStatus })) }) as unknown as PlanExtrasOut;

test("only what the user may, and what would do something, is offered", () => {
  const offered = (one: PlanOut, known?: PlanExtrasOut) =>
    (["run", "enable", "disable", "cancel", "delete"] as const).filter((action) => isOffered(action, one, known?.may, known?.runs));
  expect(offered(plan({}), extras())).toEqual(["run", "disable", "delete"]);
  expect(offered(plan({ enabled: false, jobStatus: "RUNNING" }), extras())).toEqual(["run", "enable", "cancel", "delete"]);
  expect(offered(plan({ enabled: false }), extras({ ...ALL, edit: false, delete: false }))).toEqual([]);
  expect(offered(plan({}), extras(ALL, "SUCCESSFUL", "RUNNING"))).toContain("cancel"); // an older run goes on
  expect(offered(plan({}), undefined)).toEqual([]);
});

test("to run a plan that is off switches it on, so it is asked about; to run another is not", () => {
  expect(wantsQuestion("run", plan({ enabled: false }))).toBe(true);
  expect(wantsQuestion("run", plan({}))).toBe(false);
});

test("many are done a few at a time, in order, and one that fails keeps none from being done", async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  const steps: number[] = [];
  const items = Array.from({ length: 20 }, (_, index) => index);
  const failures = await inTurn(
    items,
    async (item) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      if (item % 10 === 3) throw new Error(`no ${item}`);
      done.push(item);
    },
    { onStep: (finished) => steps.push(finished) },
  );
  expect(most).toBe(4);
  expect(failures.map(({ item, error }) => [item, (error as Error).message])).toEqual([[3, "no 3"], [13, "no 13"]]);
  expect(done).toHaveLength(18);
  expect(steps).toEqual(items.map((item) => item + 1));
});

test("bars are as high as the runs took long", () => {
  expect(heights([10, 5, null])).toEqual([24, 15, 6]);
  expect(heights([null, 0])).toEqual([6, 6]);
});
