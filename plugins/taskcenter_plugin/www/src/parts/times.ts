import { intlZone, viewerZone } from "src/parts/zone";

export { intlZone, viewerZone };

type Moment = string | number | Date;
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** A moment in a zone, by default the viewer's, as Airflow's UI writes it: 2026-03-05 23:01:02. An unknown zone is as UTC. */
export function timeText(at: Moment, zone: string = viewerZone()): string {
  const parts = Object.fromEntries(format(zone).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

function format(zone: string): Intl.DateTimeFormat {
  let found = FORMATS.get(zone);
  if (found === undefined) {
    const two = "2-digit";
    const options = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    found = new Intl.DateTimeFormat("en", { ...options, timeZone: intlZone(zone) });
    FORMATS.set(zone, found);
  }
  return found;
}

/** Whether the clocks of two zones show the same at that moment. */
export const sameClock = (at: Moment, one: string, other: string): boolean => timeText(at, one) === timeText(at, other);

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago or ahead a moment is: "in 3 hours". */
export function relativeText(at: Moment, locale: string, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[UNITS.length - 1]!;
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** Seconds as people write them: 0:07, 12:05, 1:02:03. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number): string => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
