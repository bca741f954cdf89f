import { expect, test } from "vitest";

import { BOX, known, layout, pathOf, wayKey } from "src/parts/graph/layout";

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

test("an arrow that passes a box goes around it", () => {
  const [ab, bc, ac] = [["a", "b"], ["b", "c"], ["a", "c"]].map(([from, to]) => ({ from: from!, to: to! }));
  const { boxes, ways } = layout(nodes, [ab!, bc!, ac!]);
  const passed = boxes.get("b")!;
  const beside = ways.get(wayKey(ac!))!.filter(({ x }) => x >= passed.x && x <= passed.x + BOX.width);
  expect(beside.length).toBeGreaterThan(0);
  for (const { y } of beside) expect(y < passed.y || y > passed.y + BOX.height).toBe(true);
});

test("a way is drawn from its first point to its last", () => {
  const at = (x: number, y: number) => ({ x, y });
  expect(pathOf([at(0, 0), at(10, 0)])).toBe("M0,0 L10,0");
  expect(pathOf([at(0, 0), at(10, 10), at(20, 0)])).toBe("M0,0 L5,5 Q10,10 15,5 L20,0");
  expect(pathOf([])).toBe("");
});
