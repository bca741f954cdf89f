import { expect, test } from "vitest";

import type { GraphNodeOut, GraphOut, StepOut } from "src/api/schema";
import { i18n } from "src/i18n";
import { drawn, waitsFor } from "src/pages/plan/drawn";
import { isCut, looksLikeCode, MAX_DETAIL, runTypeOf, textOf } from "src/pages/plan/stepText";
import { itemsOf, newCron, sameItems, samePlan } from "src/parts/triggers/items";
import type { TriggerItem } from "src/parts/triggers/types";

const t = i18n.getFixedT("en");
const step = (more: Partial<StepOut>): StepOut => ({
  taskId: "1", jobType: "LINKIS", title: "1", detail: "SELECT 1", mapped: false, downstream: [], ...more,
});

test("a step's code is shown whole, where the plan or its entity has it", () => {
  const whole = `SELECT '${"x".repeat(600)}'`;
  const cut = step({ detail: whole.slice(0, MAX_DETAIL) });
  const definition = { paragraphs: [{ id: "0", code: "SELECT 0" }, { id: "1", code: whole }] };
  expect(isCut(cut)).toBe(true);
  expect(textOf(cut, [{ notebook: 1 }, definition])).toEqual({ shown: whole, cut: false });
  const twin = `${whole} -- 2`;
  const twins = { paragraphs: [{ id: "2", code: twin }, { id: 1, code: whole }] };
  expect(textOf(cut, [undefined, twins])).toEqual({ shown: whole, cut: false }); // the one with the step's own id
  expect(textOf({ ...cut, taskId: "3" }, [twins])).toEqual({ shown: cut.detail, cut: true }); // it could be either
  expect(textOf({ ...cut, taskId: "run" }, [{ code: whole }])).toEqual({ shown: whole, cut: false });
  expect(textOf(cut, [undefined, null])).toEqual({ shown: cut.detail, cut: true });
  expect(textOf(step({}), [])).toEqual({ shown: "SELECT 1", cut: false });
  expect(textOf(step({ detail: null }), [definition])).toBeUndefined();
});

test("code looks different from names", () => {
  expect(looksLikeCode(step({}))).toBe(true);
  expect(looksLikeCode(step({ jobType: "EXCHANGIS", detail: "demo / copy" }))).toBe(false);
  expect(looksLikeCode(step({ jobType: null }))).toBe(false);
  const second = step({ taskId: "2" });
  expect(runTypeOf(second, [{ runType: "py" }])).toBe("py");
  expect(runTypeOf(second, [undefined, null])).toBe("sql");
  const nodes = [{ id: "1", runType: "scala" }, { id: "2", runType: "shell" }, { id: "3" }];
  expect(runTypeOf(second, [{ pipeline: 1 }, { nodes }])).toBe("shell");
  expect(runTypeOf(step({ taskId: "3" }), [{ nodes }])).toBe("sql");
});

const node = (key: string, more: Partial<GraphNodeOut>): GraphNodeOut => ({
  key: `LINKIS/${key}`, planId: 1, entityGroup: "LINKIS", entityKey: key, title: key, enabled: true, jobStatus: "SUCCESSFUL", distance: 0, ...more,
});

test("a graph tells plans that are off, and those that there are not, from the others", () => {
  const gone = node("gone", { planId: null, title: null, enabled: null, jobStatus: null, distance: -1 });
  const off = node("off", { enabled: false, distance: 1 });
  const found: GraphOut = {
    nodes: [gone, node("this", { enabled: false }), off],
    edges: [{ from: gone.key, to: "LINKIS/this", planItemId: 1 }, { from: "LINKIS/this", to: off.key, planItemId: 2 }],
    more: false,
  };
  const { nodes } = drawn(found, t);
  expect(nodes.map(({ title, detail, current, faint }) => [title, detail, current, faint])).toEqual([
    ["LINKIS gone", "not there, or not yours to see", false, true],
    ["this", "succeeded, switched off", true, false],
    ["off", "succeeded, switched off", false, true],
  ]);
  expect(waitsFor(off, found.nodes, found.edges).map(({ key }) => key)).toEqual(["LINKIS/this"]);
  expect(waitsFor(gone, found.nodes, found.edges)).toEqual([]);
  expect(drawn(undefined, t)).toEqual({ nodes: [], edges: [] });
});

test("items are sent as requests have them, with their numbers, and without what is no trigger that stays", () => {
  const upstream = { entityGroup: "LINKIS", entityKey: "load", title: "Load" };
  const shown = [
    { id: 3, planId: 1, triggerType: "DEPENDENCY", cronDesc: null, cronType: null, timeZone: null, triggerByJobs: [upstream], createdBy: 1 },
    { id: 4, planId: 1, triggerType: "ONCE", cronDesc: null },
    { id: 5, triggerType: "CRON_JOB", cronDesc: "0 0 0 * * ?", cronType: "DAILY", timeZone: "UTC", triggerByJobs: null },
  ] as unknown as TriggerItem[];
  const sent = itemsOf(shown);
  expect(sent).toEqual([
    { id: 3, triggerType: "DEPENDENCY", triggerByJobs: [{ entityGroup: "LINKIS", entityKey: "load" }] },
    { id: 5, triggerType: "CRON_JOB", cronDesc: "0 0 0 * * ?", cronType: "DAILY", timeZone: "UTC" },
  ]);
  expect(sameItems(shown, sent)).toBe(true);
  expect(sameItems(sent, [...sent, newCron("UTC")])).toBe(false);
  expect(samePlan(upstream, { entityGroup: "LINKIS", entityKey: "load" })).toBe(true);
  expect(samePlan(upstream, undefined)).toBe(false);
});
