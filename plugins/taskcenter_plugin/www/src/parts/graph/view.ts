import { BOX, type Placed } from "./layout";
import type { GraphNode } from "./types";

const READABLE = 0.6;
const USUAL = 0.85;
const MARGIN = 16;

type Size = { width: number; height: number };
export type View = { x: number; y: number; zoom: number };

/**
 * Where one looks at first in a graph that cannot be read when all of it is shown: at the box that it is about, or else at its beginning.
 *
 * @param size of the window through which it is seen, in pixels
 * @returns undefined of a graph that fits
 */
export function viewOf(nodes: readonly GraphNode[], placed: Placed, size: Size): View | undefined {
  if (size.width >= placed.width * READABLE && size.height >= placed.height * READABLE) return undefined;
  const current = nodes.find((node) => node.current);
  const box = current === undefined ? beginning(placed) : placed.boxes.get(current.id);
  if (box === undefined) return undefined;
  const middle = size.height / 2 - (box.y + BOX.height / 2) * USUAL;
  const x = current === undefined ? MARGIN - box.x * USUAL : size.width / 2 - (box.x + BOX.width / 2) * USUAL;
  return { x, y: middle, zoom: USUAL };
}

/** The box farthest to the left, of several the highest. */
function beginning({ boxes }: Placed): { x: number; y: number } | undefined {
  return [...boxes.values()].sort((one, other) => one.x - other.x || one.y - other.y)[0];
}
