import CodeMirror, { EditorView } from "@uiw/react-codemirror";
import { useMemo } from "react";

import { colours, languageOf } from "./language";
import type { CodeEditorProps } from "./types";

const MIN_HEIGHT = "6rem";
const MAX_HEIGHT = "24rem";

const look = EditorView.theme({
  "&": { backgroundColor: "var(--chakra-colors-bg)", color: "var(--chakra-colors-fg)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--chakra-colors-border-emphasized)" },
  ".cm-content": { caretColor: "var(--chakra-colors-fg)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--chakra-colors-fg)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--chakra-colors-fg-muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--chakra-colors-bg-muted)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--chakra-colors-blue-muted)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--chakra-colors-bg-emphasized)" },
  ".cm-placeholder": { color: "var(--chakra-colors-fg-muted)" },
  ".cm-panels, .cm-tooltip": { backgroundColor: "var(--chakra-colors-bg-panel)", color: "var(--chakra-colors-fg)" },
});

const SETUP = { foldGutter: false, autocompletion: false, highlightSelectionMatches: false, syntaxHighlighting: false };

/** An editor for code, coloured by its run type. Tab leaves it, as any field. Heavy: load it by `src/parts/code`. */
export default function CodeEditor({ label, value, onChange, runType, readOnly = false, invalid = false, describedBy, placeholder }: CodeEditorProps) {
  const extensions = useMemo(
    () => [
      languageOf(runType),
      colours,
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        "aria-label": label,
        ...(invalid ? { "aria-invalid": "true" } : {}),
        ...(describedBy === undefined ? {} : { "aria-describedby": describedBy }),
      }),
    ],
    [runType, label, invalid, describedBy],
  );
  return (
    <CodeMirror
      value={value}
      onChange={onChange}
      readOnly={readOnly}
      theme="none"
      minHeight={readOnly ? "" : MIN_HEIGHT}
      maxHeight={MAX_HEIGHT}
      indentWithTab={false}
      basicSetup={SETUP}
      extensions={extensions}
      placeholder={placeholder}
    />
  );
}
