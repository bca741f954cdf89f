import { expect, test, vi } from "vitest";

import { EMPTY, type Draft } from "src/pages/create/draft";

const NOTEBOOK = { group: "NOTEBOOK", keyParams: ["notebook"], stored: true, jobClasses: ["NotebookJob"], params: [] };
const draft: Draft = { ...EMPTY, group: "NOTEBOOK", key: "a/1", definitions: { NOTEBOOK: { paragraphs: [{ id: "1", code: "SELECT 1" }] } }, runNow: true };

/** A server that answers one request after the other with these; what it was asked is told. */
async function saved(...answers: { status?: number; body: unknown }[]) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    const { status = 200, body } = answers.shift()!;
    return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
  });
  vi.resetModules();
  const { save } = await import("src/pages/create/save");
  let stored = 0;
  const outcome = await save(draft, NOTEBOOK, undefined, true, () => stored++).catch((error: unknown) => error);
  return { asked, stored, outcome };
}

const PUT = "PUT /prefix/task-center/api/entities/NOTEBOOK/a%2F1";
const POST = "POST /prefix/task-center/api/schedules";

test("what is to run is stored before the plan, and the plan before it runs", async () => {
  const { asked, stored, outcome } = await saved({ body: { data: {} } }, { body: { data: { id: 7 } } }, { body: { data: { id: 7, contextId: 3 } } });
  expect(asked).toEqual([PUT, POST, POST]);
  expect([stored, outcome]).toEqual([1, { id: 7, contextId: 3 }]);
});

test("a plan that is refused tells why, and that what it runs has been stored", async () => {
  const { asked, stored, outcome } = await saved({ body: { data: {} } }, { status: 400, body: { code: 40005, msg: "round in a circle" } });
  expect(asked).toEqual([PUT, POST]);
  expect(stored).toBe(1);
  expect(outcome).toMatchObject({ status: 400, code: 40005, message: "round in a circle" });
});

test("without what it runs there is no plan", async () => {
  const { asked, stored, outcome } = await saved({ status: 403, body: { code: 40301, msg: "may not edit" } });
  expect([asked, stored]).toEqual([[PUT], 0]);
  expect(outcome).toMatchObject({ trouble: "forbidden" });
});
