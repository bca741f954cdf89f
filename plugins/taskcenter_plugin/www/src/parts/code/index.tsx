import { Box, Skeleton } from "@chakra-ui/react";
import { lazy, Suspense } from "react";

import type { CodeEditorProps } from "./types";

const CodeEditor = lazy(() => import("./CodeEditor"));

/** An editor for code, or with `readOnly` a look at it; its libraries are loaded when the first one is shown. */
export function Code(props: CodeEditorProps) {
  return (
    <Box borderWidth="1px" borderColor={props.invalid ? "border.error" : "border"} borderRadius="sm" overflow="hidden" minW={0}>
      <Suspense fallback={<Skeleton height="6rem" />}>
        <CodeEditor {...props} />
      </Suspense>
    </Box>
  );
}
