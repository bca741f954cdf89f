import { useRef } from "react";

/** Keys for the rows of a list that is edited by its places: a row keeps its own when others go. */
export function useKeys(length: number) {
  const state = useRef({ keys: [] as number[], next: 0 });
  const { keys } = state.current;
  while (keys.length < length) keys.push(state.current.next++);
  keys.length = length;
  return { of: (index: number) => keys[index], remove: (index: number) => void keys.splice(index, 1) };
}
