import { expect, test } from "vitest";

import { BOX, known, layout } from "src/parts/graph/layout";

const nodes = ["a", "b", "c"].map((id) => ({ id, title: id }));

test("what comes after is to the right, and side by side is one below the other", () => {
  const { boxes, width, height } = layout(nodes, [{ from: "a", to: "b" }, { from: "a", to: "c" }]);
  const [a, b, c] = ["a", "b", "c"].map((id) => boxes.get(id)!);
  expect(b!.x).toBeGreaterThanOrEqual(a!.x + BOX.width);
  expect(c!.x).toBe(b!.x);
  expect(Math.abs(b!.y - c!.y)).toBeGreaterThanOrEqual(BOX.height);
  expect(width).toBeGreaterThan(2 * BOX.width);
  expect(height).toBeGreaterThan(2 * BOX.height);
});

test("an edge is drawn once, and none to a box that is not there", () => {
  const edge = { from: "a", to: "b" };
  expect(known(nodes, [edge, { ...edge }, { from: "a", to: "z" }])).toEqual([edge]);
});
