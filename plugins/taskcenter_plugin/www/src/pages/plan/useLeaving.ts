import { useEffect } from "react";
import { useBlocker } from "react-router-dom";

/** Keeps who has changed something from losing it by leaving the page: inside Airflow's UI the caller asks, else the browser does. */
export function useLeaving(dirty: boolean) {
  const blocker = useBlocker(dirty);
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [dirty]);
  return {
    asked: blocker.state === "blocked",
    leave: () => blocker.proceed?.(),
    stay: () => blocker.reset?.(),
  };
}
