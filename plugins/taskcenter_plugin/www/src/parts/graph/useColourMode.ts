import { useSyncExternalStore } from "react";

const mode = (): "dark" | "light" => (document.documentElement.classList.contains("dark") ? "dark" : "light");

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/**
 * What Airflow's UI is set to. xyflow puts it as a class on its own element, and Chakra takes that class for a change of theme there: it
 * has to be told.
 */
export const useColourMode = (): "dark" | "light" => useSyncExternalStore(watch, mode);
