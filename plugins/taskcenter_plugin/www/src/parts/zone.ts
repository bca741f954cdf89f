import { useSyncExternalStore } from "react";

const KEY = "timezone";

/** The zone that the viewer has chosen in Airflow's UI, or else the browser's. */
export function viewerZone(): string {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage may be switched off.
  }
  const zone = chosen?.replaceAll('"', ""); // Airflow keeps it as JSON
  return zone && isZone(zone) ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The same, for a component, which is rendered anew when it is changed: Airflow's UI then sends "local-storage" in this window. */
export const useViewerZone = (): string => useSyncExternalStore(subscribe, viewerZone);

function subscribe(changed: () => void): () => void {
  const events = ["local-storage", "storage"];
  for (const each of events) window.addEventListener(each, changed);
  return () => {
    for (const each of events) window.removeEventListener(each, changed);
  };
}

/** Whether the browser knows a zone of that name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The name by which browsers know a zone of a plan: the documents' "GMT+08:00" is "Etc/GMT-8" there, half hours "+05:30". */
export function intlZone(zone: string): string {
  const [, sign, hours, minutes] = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone) ?? [];
  if (sign === undefined || hours === undefined) return isZone(zone) ? zone : "UTC";
  const whole = `Etc/GMT${sign === "+" ? "-" : "+"}${Number(hours)}`;
  const exact = `${sign}${hours.padStart(2, "0")}:${minutes ?? "00"}`;
  return [Number(minutes ?? 0) === 0 ? whole : exact, exact].find(isZone) ?? "UTC";
}
