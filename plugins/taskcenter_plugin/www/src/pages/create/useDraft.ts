import { useCallback, useEffect, useState } from "react";

import { EMPTY, type Draft } from "./draft";
import { keepDraft, keptDraft } from "./keptDraft";
import { same } from "./requests";

/** The draft; it stays in this tab until it is saved or thrown away. */
export function useDraft() {
  const [begun, setBegun] = useState(keptDraft);
  const [draft, setDraft] = useState<Draft>(begun ?? EMPTY);
  useEffect(() => {
    if (!same(draft, EMPTY)) keepDraft(draft);
  }, [draft]);
  const change = useCallback((part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })), []);
  const forget = useCallback(() => {
    keepDraft(undefined);
    setBegun(undefined);
    setDraft(EMPTY);
  }, []);
  return {
    draft,
    change,
    /** Throws it away. */
    forget,
    /** It is one that was begun before. */
    isOld: begun !== undefined,
  };
}
