import { expect, test } from "vitest";

import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";
import { definitionOfPlan, draftOf } from "src/pages/create/planDraft";

const NIGHTLY = { id: 7, triggerType: "CRON_JOB", cronDesc: "0 0 3 * * ?", cronType: "DAILY", timeZone: "Asia/Shanghai" };
const ONCE = { id: 8, triggerType: "ONCE" };
const plan = (entityGroup: string, jobParams: object) =>
  ({
    entityGroup,
    entityKey: "1",
    planItems: [NIGHTLY, ONCE],
    enabled: false,
    execDetail: { jobClass: null, jobParams, retryTimes: 2 },
  }) as unknown as PlanOut;
const entity = (definition: object) => ({ title: "sales", definition }) as unknown as EntityOut;
const group = (keyParams: string[], params: object[] | null = null) => ({ keyParams, params }) as unknown as GroupOut;
const CODE = { paragraphs: [{ id: "1", code: "SELECT 1" }] };

test("a plan that is changed begins as it is: what it runs, when, how often it is tried, and whether it is on", () => {
  const draft = draftOf(plan("NOTEBOOK", { notebook: 1, ...CODE }), entity(CODE), group(["notebook"]));
  expect(draft.definitions).toEqual({ NOTEBOOK: CODE });
  expect(draft.items.map(({ id, cronDesc }) => [id, cronDesc])).toEqual([[7, "0 0 3 * * ?"]]);
  expect([draft.title, draft.retries, draft.enabled, draft.keep, draft.runNow]).toEqual(["sales", 2, false, false, false]);
});

test("what a plan says itself goes before what is stored, less what only names it", () => {
  const own = plan("NOTEBOOK", { notebook: 1, variables: { day: "1" } });
  expect(definitionOfPlan(own, entity({ ...CODE, variables: { day: "2" } }), group(["notebook"]))).toEqual({ ...CODE, variables: { day: "1" } });
  expect(definitionOfPlan(plan("LINKIS", { code: "SELECT 1" }), undefined, group([]))).toEqual({ code: "SELECT 1" });
  expect(definitionOfPlan(plan("PIPELINE", { pipeline: 1, nodes: [{ id: "a" }] }), undefined, group(["pipeline"]))).toEqual({ nodes: [{ id: "a" }] });
});

test("the nodes of a stored pipeline are those that are stored, and not those that were found for its plan", () => {
  const shown = plan("PIPELINE", { pipeline: 1, nodes: [{ id: "a", type: "NOTEBOOK", paragraphs: [] }] });
  expect(definitionOfPlan(shown, entity({ nodes: [{ id: "a", type: "NOTEBOOK" }] }), group(["pipeline"]))).toEqual({
    nodes: [{ id: "a", type: "NOTEBOOK" }],
  });
});

test("of a group with nothing to say, what was found for the plan is no part of what is stored", () => {
  expect(definitionOfPlan(plan("APP_REFRESH", { app: 1, datasets: [1] }), undefined, group(["app"], []))).toEqual({});
});
