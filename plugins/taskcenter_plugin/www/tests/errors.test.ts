import { expect, test } from "vitest";

import { ApiError, asApiError, data, envelope } from "src/api/errors";

const reply = (status: number, body: { data?: { data: number }; error?: unknown }) =>
  Promise.resolve({ ...body, response: new Response(null, { status, statusText: "of HTTP" }) });

const failure = async (request: Promise<unknown>): Promise<ApiError> => {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

test("the data of an answer is taken out of its envelope", async () => {
  expect(await data(reply(200, { data: { data: 7 } }))).toBe(7);
  expect(await envelope(reply(200, { data: { data: 7 } }))).toEqual({ data: 7 });
});

test("a refusal is told in the server's words", async () => {
  const error = await failure(data(reply(409, { error: { code: 40901, msg: "The plan is switched off." } })));
  expect([error.status, error.trouble, error.message]).toEqual([409, "refused", "The plan is switched off."]);
});

test("so is one of Airflow's own, or of a proxy before it, as far as it says something", async () => {
  expect((await failure(data(reply(403, { error: { detail: "Forbidden" } })))).message).toBe("Forbidden");
  expect((await failure(data(reply(502, { error: "<html>".padEnd(600, "x") })))).message).toBe("of HTTP");
  expect((await failure(data(reply(204, {})))).status).toBe(204);
});

test("each kind of trouble is known", async () => {
  const kinds = await Promise.all(
    [401, 403, 404, 400, 409, 500, 503].map(async (status) => (await failure(data(reply(status, { error: {} })))).trouble),
  );
  expect(kinds).toEqual(["login", "forbidden", "missing", "refused", "refused", "failed", "failed"]);
});

test("no answer is told from an answer that is no JSON, and from one that nobody waits for any more", async () => {
  expect((await failure(data(Promise.reject(new TypeError("Failed to fetch"))))).trouble).toBe("unreachable");
  expect((await failure(data(Promise.reject(new SyntaxError("Unexpected token <"))))).trouble).toBe("failed");
  await expect(data(Promise.reject(new DOMException("gone", "AbortError")))).rejects.toBeInstanceOf(DOMException);
});

test("a part of the page that is not there any more asks for a reload", () => {
  expect(asApiError(new TypeError("Failed to fetch dynamically imported module: http://a/b.js")).trouble).toBe("upgraded");
  expect(asApiError(new Error("of our own")).trouble).toBe("failed");
});
