import { BaseEdge, type Edge, type EdgeProps } from "@xyflow/react";

import { pathOf, type Place } from "./layout";

export type WayData = { points: readonly Place[] };

/** An arrow on the way that the layout has found for it, around the boxes. */
export function Way({ data, markerEnd, style, sourceX, sourceY, targetX, targetY }: EdgeProps<Edge<WayData>>) {
  const points = data?.points ?? [];
  const inner = points.slice(1, -1);
  const path = pathOf([{ x: sourceX, y: sourceY }, ...inner, { x: targetX, y: targetY }]);
  return <BaseEdge path={path} {...(markerEnd === undefined ? {} : { markerEnd })} {...(style === undefined ? {} : { style })} />;
}
