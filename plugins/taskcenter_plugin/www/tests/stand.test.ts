import { expect, test } from "vitest";

import type { EntityOut, GroupOut, PlanOut } from "src/api/schema";
import type { Draft } from "src/pages/create/draft";
import { EMPTY, withDefinition } from "src/pages/create/draft";
import { draftOf } from "src/pages/create/planDraft";
import { changeSince, standOf, withKnownItems, type StoredNow } from "src/pages/create/stand";

const NOTEBOOK = { group: "NOTEBOOK", keyParams: ["notebook"], stored: true, jobClasses: ["NotebookJob"], params: null } as unknown as GroupOut;
const LINKIS = { group: "LINKIS", keyParams: [], stored: false, jobClasses: [], params: null } as unknown as GroupOut;
const DAILY = { id: 7, triggerType: "CRON_JOB", cronDesc: "0 0 3 * * ?", cronType: "DAILY", timeZone: "Asia/Shanghai" };
const HOURLY = { id: 8, triggerType: "CRON_JOB", cronDesc: "0 0 * * * ?", cronType: "HOURLY", timeZone: "Asia/Shanghai" };
const code = (text: string) => ({ paragraphs: [{ id: "1", code: text }] });
const [ANN, OTTO] = [1, 2];

const entityOf = (text: string, more: object = {}): EntityOut =>
  ({ title: "sales", definition: code(text), updatedBy: ANN, updatedAt: "2026-03-05 10:00:00", ...more }) as unknown as EntityOut;
const planOf = (more: object = {}): PlanOut =>
  ({
    entityGroup: "NOTEBOOK",
    entityKey: "1",
    planItems: [DAILY],
    enabled: true,
    execDetail: { jobClass: "NotebookJob", jobParams: { notebook: 1 }, retryTimes: 0 },
    updatedBy: ANN,
    updatedAt: "2026-03-05 10:00:00",
    ...more,
  }) as unknown as PlanOut;
const byOtto = { updatedBy: OTTO, updatedAt: "2026-03-05 11:00:00" };
const BEFORE = { plan: planOf(), entity: entityOf("SELECT 1") };
const begun = (more: Partial<Draft> = {}): Draft => ({ ...draftOf(BEFORE.plan, BEFORE.entity, NOTEBOOK), ...more });
const mine: Draft = withDefinition(begun(), code("SELECT 'mine'"));
const since = (draft: Draft, now: Partial<StoredNow>) => changeSince(draft, NOTEBOOK, { ...BEFORE, ...now });

test("nothing is told while all is as it was when the draft was begun", () => {
  expect(since(mine, {})).toBeUndefined();
});

test("what somebody else has changed is told by its parts, with who saved last, and when", () => {
  expect(since(mine, { entity: entityOf("SELECT 2", byOtto) })).toEqual({ kind: "changed", parts: ["what"], last: { by: OTTO, at: byOtto.updatedAt } });
  expect(since(mine, { entity: entityOf("SELECT 1", { title: "sold", ...byOtto }) })?.parts).toEqual(["title"]);
  const theirs = planOf({ planItems: [HOURLY], enabled: false, execDetail: { jobParams: { notebook: 1 }, retryTimes: 3 }, ...byOtto });
  expect(since(mine, { plan: theirs })).toMatchObject({ parts: ["triggers", "retries", "enabled"], last: { by: OTTO } });
});

test("who has paused the plan's DAG in Airflow is not known, and nobody is named for it", () => {
  expect(since(mine, { plan: planOf({ enabled: false }) })).toEqual({ kind: "changed", parts: ["enabled"] });
});

test("of two who have saved, the later one is named", () => {
  const plan = planOf({ planItems: [HOURLY], updatedBy: OTTO, updatedAt: "2026-03-05 12:00:00" });
  expect(since(mine, { plan, entity: entityOf("SELECT 2", { updatedBy: 3, updatedAt: "2026-03-05 11:00:00" }) })?.last?.by).toBe(OTTO);
});

test("that a plan has run, or that its triggers have other numbers, is no change", () => {
  const run = planOf({ ...byOtto, jobStatus: "RUNNING", planItems: [{ ...DAILY, id: 9, updatedAt: "later" }, { id: 10, triggerType: "ONCE" }] });
  expect(since(mine, { plan: run })).toBeUndefined();
});

test("a change that the draft makes, too, is not lost, so nothing is told", () => {
  expect(since(mine, { entity: entityOf("SELECT 'mine'", byOtto) })).toBeUndefined();
  expect(since(begun({ retries: 2 }), { plan: planOf({ execDetail: { jobParams: { notebook: 1 }, retryTimes: 2 } }) })).toBeUndefined();
});

test("what is stored may change as it likes for a plan that is to run it as it is", () => {
  const keeping = { ...EMPTY, group: "NOTEBOOK", key: "1", items: [DAILY], begun: standOf(BEFORE, NOTEBOOK) } as Draft;
  expect(since(keeping, { entity: entityOf("SELECT 2", byOtto) })).toBeUndefined();
  expect(since(keeping, { plan: planOf({ enabled: false, ...byOtto }) })?.parts).toEqual(["enabled"]);
});

test("what a plan says itself counts, where nothing is stored", () => {
  const linkis = (text: string, more = {}) => planOf({ entityGroup: "LINKIS", execDetail: { jobParams: { code: text }, retryTimes: 0 }, ...more });
  const draft = withDefinition(draftOf(linkis("SELECT 1"), undefined, LINKIS), { code: "SELECT 'mine'" });
  expect(changeSince(draft, LINKIS, { plan: linkis("SELECT 1"), entity: undefined })).toBeUndefined();
  expect(changeSince(draft, LINKIS, { plan: linkis("SELECT 2", byOtto), entity: undefined })).toMatchObject({ parts: ["what"], last: { by: OTTO } });
});

test("a plan that was deleted meanwhile, or made under the same name, is told", () => {
  expect(since(mine, { plan: undefined })?.kind).toBe("deleted");
  const fresh = { ...mine, begun: standOf({ plan: undefined, entity: undefined }, NOTEBOOK) };
  expect(changeSince(fresh, NOTEBOOK, { plan: undefined, entity: undefined })).toBeUndefined();
  expect(since(fresh, { plan: planOf({ ...byOtto, planItems: [] }) })).toMatchObject({ kind: "made", last: { by: OTTO } });
});

test("a plan that one has made oneself, though the answer was lost, is not somebody else's", () => {
  const fresh = { ...mine, begun: standOf({ plan: undefined, entity: undefined }, NOTEBOOK) };
  expect(since(fresh, { entity: entityOf("SELECT 'mine'") })).toBeUndefined();
});

test("triggers that somebody has taken away are sent as new ones, for the server knows their numbers no more", () => {
  const items = (plan: PlanOut | undefined) => withKnownItems(begun(), plan).items.map(({ id }) => id);
  expect([items(planOf()), items(planOf({ planItems: [HOURLY] })), items(undefined)]).toEqual([[7], [undefined], [undefined]]);
});
