import { expect, test } from "vitest";

import { layout } from "src/parts/graph/layout";
import { viewOf } from "src/parts/graph/view";

const chain = (length: number, current = -1) => {
  const nodes = Array.from({ length }, (_, index) => ({ id: String(index), title: `step ${index}`, current: index === current }));
  return { nodes, edges: nodes.slice(1).map(({ id }, index) => ({ from: String(index), to: id })) };
};
const SIZE = { width: 600, height: 200 };

test("a graph that can be read whole is shown whole", () => {
  const { nodes, edges } = chain(3);
  expect(viewOf(nodes, layout(nodes, edges), SIZE)).toBeUndefined();
});

test("a graph that cannot is shown from its beginning, or around the box that it is about, as large as one can read it", () => {
  const first = chain(50);
  const beginning = viewOf(first.nodes, layout(first.nodes, first.edges), SIZE);
  expect(beginning?.zoom).toBeGreaterThan(0.6);
  expect(beginning?.x).toBeGreaterThan(0);
  expect(beginning?.x).toBeLessThan(50);
  const { nodes, edges } = chain(50, 25);
  const placed = layout(nodes, edges);
  const around = viewOf(nodes, placed, SIZE)!;
  const middle = (placed.boxes.get("25")!.x + 90) * around.zoom + around.x;
  expect(middle).toBeCloseTo(SIZE.width / 2);
});
