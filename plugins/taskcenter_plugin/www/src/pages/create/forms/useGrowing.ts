import { startTransition, useEffect, useState } from "react";

const AT_FIRST = 8;
const MORE = 8;
const A_WHILE_MS = 50;

/**
 * How many of a long list are shown yet: the first of them at once, the others little by little, so that there is something to work
 * with long before the last one is there.
 */
export function useGrowing(length: number): number {
  const [shown, setShown] = useState(AT_FIRST);
  const isAll = shown >= length;
  useEffect(() => {
    if (isAll) {
      setShown(Infinity); // what is added from now on is wanted at once
      return undefined;
    }
    return whenIdle(() => startTransition(() => setShown((before) => before + MORE)));
  }, [isAll, shown]);
  return Math.min(shown, length);
}

/** Calls it once the browser has nothing better to do; returns what takes that back. */
function whenIdle(call: () => void): () => void {
  if (typeof requestIdleCallback === "function") {
    const asked = requestIdleCallback(call);
    return () => cancelIdleCallback(asked);
  }
  const timer = setTimeout(call, A_WHILE_MS); // Safari has no such thing
  return () => clearTimeout(timer);
}
