import { useCallback, useEffect, useState } from "react";

import { EMPTY, type Draft } from "./draft";
import { keepDraft, keptDraft } from "./keptDraft";
import { same } from "./requests";

/** What is begun with: nothing, or a plan as it is. */
export type Start = { draft: Draft; planId?: number };

export const NOTHING: Start = { draft: EMPTY };

/** The draft; it stays in this tab until it is saved or thrown away. */
export function useDraft({ draft: start, planId }: Start) {
  const [begun, setBegun] = useState(() => keptDraft(planId));
  const [draft, setDraft] = useState<Draft>(begun ?? start);
  useEffect(() => {
    if (!same(draft, start)) keepDraft(draft, planId);
  }, [draft, start, planId]);
  const change = useCallback((part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })), []);
  const forget = useCallback(() => {
    keepDraft(undefined, planId);
    setBegun(undefined);
    setDraft(start);
  }, [start, planId]);
  return {
    draft,
    change,
    /** Throws it away. */
    forget,
    /** It is one that was begun before. */
    isOld: begun !== undefined,
  };
}
