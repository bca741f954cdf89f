import type { TFunction } from "i18next";

import type { GraphNodeOut, GraphOut } from "src/api/schema";
import type { GraphEdge, GraphNode } from "src/parts/graph/types";
import { PALETTES } from "src/parts/status";

/** What the graph part draws of a plan's relations. */
export function drawn(found: GraphOut | undefined, t: TFunction): { nodes: GraphNode[]; edges: GraphEdge[] } {
  if (found === undefined) return { nodes: [], edges: [] };
  const nodes = found.nodes.map((node): GraphNode => {
    const { key, title, entityGroup, entityKey, jobStatus, enabled, distance } = node;
    const state = jobStatus === null ? t("plan.unknown") : t(`status.${jobStatus}`);
    return {
      id: key,
      title: title ?? `${entityGroup} ${entityKey}`,
      detail: enabled === false ? `${state}, ${t("plans.off")}` : state,
      palette: jobStatus === null ? undefined : PALETTES[jobStatus],
      current: distance === 0,
      faint: enabled !== true && distance !== 0,
    };
  });
  return { nodes, edges: found.edges };
}

/** The plans of the graph that one of them waits for. */
export function waitsFor(node: GraphNodeOut, nodes: readonly GraphNodeOut[], edges: readonly GraphEdge[]): GraphNodeOut[] {
  const before = new Set(edges.filter(({ to }) => to === node.key).map(({ from }) => from));
  return nodes.filter(({ key }) => before.has(key));
}
