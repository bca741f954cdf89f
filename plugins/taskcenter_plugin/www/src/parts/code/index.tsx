import { Box, Skeleton, Textarea } from "@chakra-ui/react";
import { lazy } from "react";

import { Optional } from "src/parts/Optional";

import type { CodeEditorProps } from "./types";

const CodeEditor = lazy(() => import("./CodeEditor"));

/** An editor for code, or with `readOnly` a look at it; its libraries are loaded when the first one is shown. */
export function Code(props: CodeEditorProps) {
  return (
    <Box borderWidth="1px" borderColor={props.invalid ? "border.error" : "border"} borderRadius="sm" overflow="hidden" minW={0}>
      <Optional instead={<Plain {...props} />} meanwhile={<Skeleton height="6rem" />}>
        <CodeEditor {...props} />
      </Optional>
    </Box>
  );
}

/** The same without colours, where the editor could not be loaded. */
function Plain({ label, value, onChange, readOnly, describedBy, placeholder }: CodeEditorProps) {
  return (
    <Textarea
      aria-label={label}
      aria-describedby={describedBy}
      rows={6}
      fontFamily="mono"
      spellCheck={false}
      readOnly={readOnly}
      placeholder={placeholder}
      value={value}
      onChange={(event) => onChange?.(event.currentTarget.value)}
    />
  );
}
