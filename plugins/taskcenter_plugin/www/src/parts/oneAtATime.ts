import { useRef } from "react";

type Run = (click: Pick<UIEvent, "detail">, work: () => Promise<unknown>) => void;

/** Does something for a click, unless that is the second one of a double click, or what the one before has begun is still under way. */
export function oneAtATime(): Run {
  let busy = false;
  return ({ detail }, work) => {
    if (busy || detail > 1) return;
    busy = true;
    const free = () => {
      busy = false;
    };
    work().then(free, free);
  };
}

/** The same for a component. A mutation alone does not do: it disables its button a moment after the click, too late for a second one. */
export function useOneAtATime(): Run {
  const once = useRef<Run>(undefined);
  once.current ??= oneAtATime();
  return once.current;
}
