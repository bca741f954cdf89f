import { useCallback, useEffect, useMemo, useState } from "react";

import { EMPTY, type Draft } from "./draft";
import { keepDraft, keptDraft } from "./keptDraft";
import { same } from "./requests";
import type { StoredNow } from "./stand";

/** What is begun with: nothing, or a plan as it is. */
export type Start = { draft: Draft; planId?: number; now?: StoredNow };

export const NOTHING: Start = { draft: EMPTY };

/** The draft; it stays in this tab until it is saved or thrown away. */
export function useDraft(start: Start) {
  const { planId } = start;
  const [begun, setBegun] = useState(() => keptDraft(planId));
  const [draft, setDraft] = useState<Draft>(begun ?? start.draft);
  const [round, setRound] = useState(0);
  const [from, setFrom] = useState(start);
  const beginWith = (fresh: Draft) => {
    setBegun(undefined);
    setDraft(fresh);
    setRound(round + 1);
  };
  if (from !== start) {
    setFrom(start);
    beginWith(start.draft);
  }
  const isTouched = useMemo(() => !same(draft, start.draft), [draft, start]);
  useEffect(() => {
    if (isTouched) keepDraft(draft, planId);
  }, [draft, isTouched, planId]);
  const change = useCallback((part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })), []);
  return {
    draft,
    change,
    /** Throws it away. */
    forget: () => {
      keepDraft(undefined, planId);
      beginWith(start.draft);
    },
    /** It is one that was begun before. */
    isOld: begun !== undefined,
    /** Something in it is not as it was when it was begun. */
    isTouched,
    /** Another number for each draft that takes the place of the one before. */
    round,
  };
}
