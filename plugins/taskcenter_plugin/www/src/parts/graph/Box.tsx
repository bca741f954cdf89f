import { Box as Frame, Text } from "@chakra-ui/react";
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";

import { BOX } from "./layout";
import type { GraphNode } from "./types";

export type BoxData = { node: GraphNode; selected: boolean; selectable: boolean };

/** A box, as wide as all others; what does not fit is in its tooltip. */
export function Box({ data }: NodeProps<Node<BoxData>>) {
  const { node, selected, selectable } = data;
  const palette = node.palette ?? "gray";
  return (
    <Frame
      width={`${BOX.width}px`}
      height={`${BOX.height}px`}
      px={2}
      py={1}
      bg={node.current ? `${palette}.subtle` : "bg"}
      color="fg"
      opacity={node.faint ? 0.6 : 1}
      borderWidth={selected || node.current ? "2px" : "1px"}
      borderColor={selected ? "brand.solid" : `${palette}.emphasized`}
      borderInlineStartWidth="6px"
      borderRadius="md"
      cursor={selectable ? "pointer" : "default"}
      title={[node.title, node.detail].filter(Boolean).join("\n")}
    >
      <Text fontSize="sm" fontWeight={node.current ? "bold" : "medium"} truncate>
        {node.title}
      </Text>
      <Text fontSize="xs" color="fg.muted" truncate>
        {node.detail}
      </Text>
      <Handle type="target" position={Position.Left} isConnectable={false} style={{ opacity: 0 }} />
      <Handle type="source" position={Position.Right} isConnectable={false} style={{ opacity: 0 }} />
    </Frame>
  );
}
