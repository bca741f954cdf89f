import { expect, test } from "vitest";

import { ApiError } from "src/api/errors";
import type { EntityOut, GroupOut } from "src/api/schema";
import { EMPTY, definitionOf, freshId, inOrder, moved, renamed, withDefinition, withField, withoutNode, type Draft } from "src/pages/create/draft";
import { placeOf } from "src/pages/create/places";
import { cleaned, entityOf, keeps, namedBy, planBodies, previewBody, same } from "src/pages/create/requests";
import { idOf, jsonOf, linesOf, numberOf } from "src/pages/create/values";

const group = (name: string, keyParams: string[], jobClass: string): GroupOut => ({
  group: name, keyParams, stored: keyParams.length > 0, jobClasses: [jobClass], params: [],
});
const NOTEBOOK = group("NOTEBOOK", ["notebook"], "com.hengshi.nangaparbat.schedulejob.NotebookJob");
const DATASET = group("DATASET", ["app", "dataset"], "com.hengshi.nangaparbat.schedulejob.DatasetJob");
const LINKIS = group("LINKIS", [], "LinkisJob");
const WEEKLY = { triggerType: "CRON_JOB", cronDesc: "0 15 0 ? * 1", cronType: "WEEKLY", timeZone: "GMT+08:00" } as const;
const OFTEN = { triggerType: "CRON_JOB", cronDesc: "*/30 * * * * ?", cronType: "CRON", timeZone: "GMT+08:00" } as const;
const PARAGRAPHS = { paragraphs: [{ id: "1", code: "SELECT 1" }, { id: "2", code: "SELECT 2", connection: "" }] };
const notebook: Draft = { ...EMPTY, group: "NOTEBOOK", key: "1 ", title: "notebook1", definitions: { NOTEBOOK: PARAGRAPHS }, retries: 1, items: [WEEKLY, OFTEN] };
const query: Draft = { ...EMPTY, group: "LINKIS", key: "nightly", definitions: { LINKIS: { code: "SELECT 1", runType: "" } } };
const stored = (more: Partial<EntityOut>) => ({ title: null, definition: {}, path: "/a", ...more }) as EntityOut;

test("the document's example becomes the document's request, after what it runs has been stored", () => {
  expect(entityOf(notebook, NOTEBOOK, undefined)).toEqual({
    title: "notebook1",
    definition: { paragraphs: [{ id: "1", code: "SELECT 1" }, { id: "2", code: "SELECT 2" }] },
  });
  expect(planBodies(notebook, NOTEBOOK, undefined, false)).toEqual([{
    entityGroup: "NOTEBOOK",
    entityKey: "1",
    enabled: true,
    planItems: [WEEKLY, OFTEN],
    execDetail: { jobClass: "com.hengshi.nangaparbat.schedulejob.NotebookJob", jobParams: { notebook: 1 }, retryTimes: 1 },
  }]);
});

test("what a group without stored entities runs is in the plan itself; a title is stored beside", () => {
  expect(entityOf(query, LINKIS, undefined)).toBeUndefined();
  expect(planBodies(query, LINKIS, undefined, false)[0]!.execDetail).toEqual({ jobClass: "LinkisJob", jobParams: { code: "SELECT 1" }, retryTimes: 0 });
  expect(entityOf({ ...query, title: "Nightly" }, LINKIS, undefined)).toEqual({ title: "Nightly", definition: {} });
});

test("what is stored already runs as it is, unless it is changed; then what the page does not ask for stays", () => {
  const there = stored({ title: "old", definition: { paragraphs: [{ id: "1", code: "SELECT 0" }] }, datasetCount: 3 });
  const kept = { ...notebook, keep: true };
  expect(entityOf(kept, NOTEBOOK, there)).toBeUndefined();
  expect(previewBody(kept, NOTEBOOK, there, "all")).not.toHaveProperty("entity");
  expect([notebook, { ...notebook, definitions: {} }].map((draft) => keeps(draft, there))).toEqual([false, true]);
  expect(entityOf({ ...notebook, keep: false }, NOTEBOOK, there)).toMatchObject({ title: "notebook1", path: "/a", datasetCount: 3 });
  const same = { ...notebook, keep: false, title: "old", definitions: { NOTEBOOK: there.definition } };
  expect(entityOf(same, NOTEBOOK, there)).toBeUndefined();
});

test("a definition that is stored for a group of its own stays where it is", () => {
  const there = stored({ definition: { code: "SELECT 0" } });
  expect(planBodies({ ...query, keep: false }, LINKIS, there, false)[0]!.execDetail.jobParams).toEqual({});
  expect(entityOf({ ...query, keep: false }, LINKIS, there)).toMatchObject({ definition: { code: "SELECT 1" } });
});

test("an update method is the entity's, too", () => {
  const draft = { ...EMPTY, group: "DATASET", key: "1-2", definitions: { DATASET: { code: "SELECT 1", updateMethod: "INCREMENTAL" } } };
  expect(entityOf(draft, DATASET, undefined)).toMatchObject({ updateMethod: "INCREMENTAL" });
});

test("the key is named as the documents do", () => {
  expect(namedBy(["notebook"], "1")).toEqual({ notebook: 1 });
  expect(namedBy(["notebook"], "a-1")).toEqual({ notebook: "a-1" });
  expect(namedBy(["app", "dataset"], "7-x-01")).toEqual({ app: 7, dataset: "x-01" });
  expect(namedBy(["app", "dataset"], "7")).toEqual({});
  expect(namedBy(["notebook"], "007")).toEqual({ notebook: "007" });
  expect(namedBy([], "1")).toEqual({});
});

test("to run it now is one request more only where the triggers of a plan that is there go", () => {
  const run = { ...query, runNow: true };
  expect(planBodies(run, LINKIS, undefined, false).map(({ planItems }) => planItems)).toEqual([[{ triggerType: "ONCE" }]]);
  expect(planBodies({ ...run, items: [OFTEN] }, LINKIS, undefined, true).map(({ planItems }) => planItems)).toEqual([[OFTEN, { triggerType: "ONCE" }]]);
  expect(planBodies(run, LINKIS, undefined, true).map(({ planItems }) => planItems)).toEqual([[], [{ triggerType: "ONCE" }]]);
});

test("a look at what runs says nothing of triggers that are still to come", () => {
  expect(previewBody({ ...query, enabled: false, runNow: true }, LINKIS, undefined, "what")).toMatchObject({ enabled: true });
  expect(previewBody(query, LINKIS, undefined, "what")).not.toHaveProperty("planItems");
  expect(previewBody({ ...query, runNow: true }, LINKIS, undefined, "all").planItems).toEqual([{ triggerType: "ONCE" }]);
});

test("a refusal is shown beside what it is about", () => {
  const refused = (message: string, code = 40001, status = 400) => placeOf(new ApiError(status, message, code));
  expect(refused("NOTEBOOK 1, paragraph 2: give either code or scriptPath", 40004)).toEqual({ step: "what", field: "definition", part: "2" });
  expect(refused("NOTEBOOK 1: give paragraphs, a list of objects", 40004)).toEqual({ step: "what", field: "definition" });
  expect(refused("PIPELINE 1, node a, paragraph 2: give either code or scriptPath", 40004).part).toBe("a");
  expect(refused("planItems[0]: '0 0' is no cron expression", 40002)).toEqual({ step: "when", field: "triggers" });
  expect(refused("planItems.0.triggerType: Input should be ...")).toEqual({ step: "when", field: "triggers" });
  expect(refused("The dependencies go round in a circle", 40005).step).toBe("when");
  expect(refused("entityKey: String should have at most 200 characters")).toEqual({ step: "what", field: "key" });
  expect(refused("execDetail.retryTimes: Input should be less than or equal to 100").field).toBe("retries");
  expect(refused("definition.password looks like a credential").field).toBe("definition");
  expect(refused("DAG x is no plan's", 40901, 409)).toEqual({ step: "save" });
  expect(placeOf(new ApiError(0, "no network"))).toEqual({ step: "save" });
});

test("what is typed is kept when another group is looked at in between", () => {
  const first = withDefinition({ ...EMPTY, group: "LINKIS" }, { code: "SELECT 1" });
  const second = withDefinition({ ...first, group: "FLINK" }, { jobId: 3 });
  expect(definitionOf({ ...second, group: "LINKIS" })).toEqual({ code: "SELECT 1" });
  expect(definitionOf({ ...EMPTY, group: "NOTEBOOK" })).toEqual({ paragraphs: [{ id: "1" }] });
});

test("fields that are emptied are gone", () => {
  expect(withField({ a: 1, b: 2 }, "a", "")).toEqual({ b: 2 });
  expect(withField({ a: 1 }, "b", false)).toEqual({ a: 1, b: false });
  expect(cleaned({ a: "", b: null, c: false, d: [{ id: "1", e: "" }, 0] })).toEqual({ c: false, d: [{ id: "1" }, 0] });
});

test("steps keep their order and their ties when one is moved, renamed or taken away", () => {
  const nodes = [{ id: "a" }, { id: "b", dependsOn: ["a"] }, { id: "c", dependsOn: ["a", "b"] }];
  expect(moved(nodes, 2, -1).map(({ id }) => id)).toEqual(["a", "c", "b"]);
  expect(moved(nodes, 0, -1)).toEqual(nodes);
  expect(renamed(nodes, 0, "x").map((node) => node["dependsOn"])).toEqual([undefined, ["x"], ["x", "b"]]);
  const twice = renamed(nodes, 1, "a");
  expect(twice.map((node) => node["dependsOn"])).toEqual([undefined, ["a"], ["a", "b"]]);
  expect(renamed(twice, 1, "d")[2]).toEqual(nodes[2]);
  expect(withoutNode(nodes, 0)).toEqual([{ id: "b", dependsOn: [] }, { id: "c", dependsOn: ["b"] }]);
  expect(freshId([{ id: 1 }, { id: "3" }])).toBe("2");
});

test("a field's text becomes what JSON has, and what cannot be read is left to the server to refuse", () => {
  expect(["", "12", "0.5", "many"].map(numberOf)).toEqual([undefined, 12, 0.5, "many"]);
  expect(["", "12", "012", "a", "-1", "99999999999999999999"].map(idOf)).toEqual([undefined, 12, "012", "a", "-1", "99999999999999999999"]);
  expect(linesOf(" a\n\nb ")).toEqual(["a", "b"]);
  expect(linesOf(" \n")).toBeUndefined();
  expect(['{"a": 1}', "{", " "].map(jsonOf)).toEqual([{ a: 1 }, "{", undefined]);
});

test("the documents' groups come first, those of other packages after them", () => {
  expect(inOrder([group("ZED", [], "Z"), LINKIS, NOTEBOOK]).map((each) => each.group)).toEqual(["NOTEBOOK", "LINKIS", "ZED"]);
});

test("two definitions are the same whatever the order of their fields", () => {
  expect(same({ a: [1, { b: 2, c: 3 }] }, { a: [1, { c: 3, b: 2 }] })).toBe(true);
  expect([same({ a: 1 }, { a: 1, b: 2 }), same([1], [1, 2]), same({ a: 1 }, { b: 1 })]).toEqual([false, false, false]);
});
