// What a graph is drawn of: `const Graph = lazy(() => import("src/parts/graph/Graph"))`, for it brings its libraries along.

export type GraphNode = {
  id: string;
  title: string;
  /** A line below the title, in small. */
  detail?: string | undefined;
  /** A palette of the theme's for its mark, e.g. of src/parts/status. */
  palette?: string | undefined;
  /** The one that the graph is about. */
  current?: boolean | undefined;
  /** Shown in faint: e.g. switched off, or not there. */
  faint?: boolean | undefined;
  /** What screen readers say; the title and the detail unless given. */
  label?: string | undefined;
};

export type GraphEdge = { from: string; to: string };

export type GraphProps = {
  /** What the graph shows, for screen readers. */
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** The id of the node that is shown as chosen. */
  selected?: string | undefined;
  /** A node was clicked, or Enter was pressed on it. */
  onSelect?: ((id: string) => void) | undefined;
  /** CSS height; unless given, what the nodes need, within bounds. */
  height?: string | undefined;
};
