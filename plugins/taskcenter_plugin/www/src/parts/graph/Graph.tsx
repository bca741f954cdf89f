import "@xyflow/react/dist/style.css";

import { Box as Frame } from "@chakra-ui/react";
import { Background, Controls, MarkerType, ReactFlow, type Edge, type Node, type ReactFlowInstance } from "@xyflow/react";
import { useMemo, useRef, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";

import { Box, type BoxData } from "./Box";
import { BOX, known, layout, wayKey } from "./layout";
import { viewOf } from "./view";
import type { GraphProps } from "./types";
import { useColourMode } from "./useColourMode";
import { Way, type WayData } from "./Way";

const KINDS = { box: Box };
const ARROWS = { way: Way };
const LINE = "var(--chakra-colors-fg-muted)";
/** So much room is left for the buttons in the corner. */
const CONTROLS = "52px";
const MARGIN = "16px";
const LEAST = 160;
const MOST = 480;
const COLOURS = {
  "--xy-background-color": "var(--chakra-colors-bg-subtle)",
  "--xy-controls-button-background-color": "var(--chakra-colors-bg)",
  "--xy-controls-button-background-color-hover": "var(--chakra-colors-bg-muted)",
  "--xy-controls-button-color": "var(--chakra-colors-fg)",
  "--xy-controls-button-color-hover": "var(--chakra-colors-fg)",
  "--xy-controls-button-border-color": "var(--chakra-colors-border)",
} as CSSProperties;

/**
 * Boxes and the arrows between them, from left to right; moved with the mouse, boxes reached by Tab and selected by Enter. Heavy:
 * load it lazily. What it shows must also be on the page as a list or table.
 */
export default function Graph({ label, nodes, edges, selected, onSelect, height }: GraphProps) {
  const { t } = useTranslation();
  const colourMode = useColourMode();
  const placed = useMemo(() => layout(nodes, edges), [nodes, edges]);
  const selectable = onSelect !== undefined;
  const boxes = useMemo<Node<BoxData>[]>(
    () =>
      nodes.map((node) => ({
        id: node.id,
        type: "box",
        position: placed.boxes.get(node.id) ?? { x: 0, y: 0 },
        width: BOX.width,
        height: BOX.height,
        data: { node, selected: node.id === selected, selectable },
        // A button is called what stands in it; a group has no name by itself.
        ariaLabel: node.label ?? (selectable ? undefined : [node.title, node.detail].filter(Boolean).join(", ")),
        ariaRole: selectable ? "button" : "group",
        focusable: selectable,
      })),
    [nodes, placed, selected, selectable],
  );
  const arrows = useMemo<Edge<WayData>[]>(
    () =>
      known(nodes, edges).map((edge) => ({
        id: wayKey(edge),
        type: "way",
        source: edge.from,
        target: edge.to,
        data: { points: placed.ways.get(wayKey(edge)) ?? [] },
        focusable: false,
        style: { stroke: LINE },
        markerEnd: { type: MarkerType.ArrowClosed, color: LINE },
      })),
    [nodes, edges, placed],
  );
  const frame = useRef<HTMLDivElement>(null);
  const first = (flow: ReactFlowInstance<Node<BoxData>, Edge<WayData>>) => {
    const size = frame.current;
    const view = size && viewOf(nodes, placed, { width: size.clientWidth, height: size.clientHeight });
    if (view) void flow.setViewport(view);
  };
  const own = `${Math.min(MOST, Math.max(LEAST, placed.height + 40))}px`;
  return (
    <Frame
      ref={frame}
      role="group"
      aria-label={label}
      height={height ?? own}
      width="100%"
      borderWidth="1px"
      borderRadius="md"
      overflow="hidden"
      style={COLOURS}
      onKeyDown={(event) => {
        const box = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset["id"];
        if (box !== undefined && (event.key === "Enter" || event.key === " ")) {
          event.preventDefault();
          onSelect?.(box);
        }
      }}
    >
      <ReactFlow
        key={nodes.map(({ id }) => id).join("\n")}
        nodes={boxes}
        edges={arrows}
        nodeTypes={KINDS}
        edgeTypes={ARROWS}
        colorMode={colourMode}
        fitView
        onInit={first}
        fitViewOptions={{ maxZoom: 1, padding: { left: CONTROLS, right: MARGIN, y: 0.08 } }}
        minZoom={0.1}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        disableKeyboardA11y
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, { id }) => onSelect?.(id)}
      >
        <Background />
        <Controls showInteractive={false} aria-label={t("parts.zoom")} />
      </ReactFlow>
    </Frame>
  );
}
