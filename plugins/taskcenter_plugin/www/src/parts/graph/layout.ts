import dagre from "@dagrejs/dagre";

import type { GraphEdge, GraphNode } from "./types";

export const BOX = { width: 180, height: 56 };

export type Place = { x: number; y: number };
/** `boxes`: their upper left corners by id. `ways`: the points that an arrow passes, by `wayKey`. */
export type Placed = { boxes: Map<string, Place>; ways: Map<string, Place[]>; width: number; height: number };

export const wayKey = ({ from, to }: GraphEdge): string => JSON.stringify([from, to]);

/** Where each box goes, from left to right, and each arrow; edges that lead nowhere are left out. */
export function layout(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Placed {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  const drawn = known(nodes, edges);
  for (const { id } of nodes) graph.setNode(id, { ...BOX });
  for (const { from, to } of drawn) graph.setEdge(from, to);
  dagre.layout(graph);
  const boxes = new Map<string, Place>();
  for (const { id } of nodes) {
    const { x, y } = graph.node(id);
    boxes.set(id, { x: x - BOX.width / 2, y: y - BOX.height / 2 });
  }
  const ways = new Map(drawn.map((edge) => [wayKey(edge), (graph.edge(edge.from, edge.to) as { points?: Place[] }).points ?? []]));
  const { width = 0, height = 0 } = graph.graph();
  return { boxes, ways, width, height };
}

/** The edges between boxes that there are, each once. */
export function known(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): GraphEdge[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const seen = new Map<string, GraphEdge>();
  for (const edge of edges) if (ids.has(edge.from) && ids.has(edge.to)) seen.set(wayKey(edge), edge);
  return [...seen.values()];
}

/** An SVG path through points, with round corners. */
export function pathOf(points: readonly Place[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return "";
  const text = ({ x, y }: Place): string => `${x},${y}`;
  const middle = (one: Place, other: Place): Place => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  const all = [...rest, last];
  const corners = rest.map((point, index) => `Q${text(point)} ${text(middle(point, all[index + 1] ?? last))}`);
  const start = rest[0] === undefined ? [] : [`L${text(middle(first, rest[0]))}`];
  return [`M${text(first)}`, ...start, ...corners, `L${text(last)}`].join(" ");
}
