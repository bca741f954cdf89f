import dagre from "@dagrejs/dagre";

import type { GraphEdge, GraphNode } from "./types";

export const BOX = { width: 180, height: 56 };

export type Placed = { boxes: Map<string, { x: number; y: number }>; width: number; height: number };

/** Where each box goes, from left to right; edges that lead nowhere are left out. */
export function layout(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Placed {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 48, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...BOX });
  for (const { from, to } of known(nodes, edges)) graph.setEdge(from, to);
  dagre.layout(graph);
  const boxes = new Map<string, { x: number; y: number }>();
  for (const { id } of nodes) {
    const { x, y } = graph.node(id);
    boxes.set(id, { x: x - BOX.width / 2, y: y - BOX.height / 2 });
  }
  const { width = 0, height = 0 } = graph.graph();
  return { boxes, width, height };
}

/** The edges between boxes that there are, each once. */
export function known(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): GraphEdge[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const seen = new Map<string, GraphEdge>();
  for (const edge of edges) if (ids.has(edge.from) && ids.has(edge.to)) seen.set(JSON.stringify([edge.from, edge.to]), edge);
  return [...seen.values()];
}
