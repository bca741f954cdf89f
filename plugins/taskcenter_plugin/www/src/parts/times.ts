/** The zone of who looks at the page. */
export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** A moment in a zone, as that language writes it, with seconds. A zone that the browser does not know is written as UTC. */
export function timeText(at: string | number | Date, locale: string, zone: string = viewerZone()): string {
  return format(locale, zone).format(new Date(at));
}

function format(locale: string, zone: string): Intl.DateTimeFormat {
  const key = `${locale} ${zone}`;
  let found = FORMATS.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale, {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZone: intlZone(zone),
    });
    FORMATS.set(key, found);
  }
  return found;
}

/** The name by which browsers know a zone of a plan: the documents' "GMT+08:00" is "Etc/GMT-8" there, half hours "+05:30". */
export function intlZone(zone: string): string {
  const [, sign, hours, minutes] = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone) ?? [];
  if (sign === undefined || hours === undefined) return isZone(zone) ? zone : "UTC";
  const whole = `Etc/GMT${sign === "+" ? "-" : "+"}${Number(hours)}`;
  const exact = `${sign}${hours.padStart(2, "0")}:${minutes ?? "00"}`;
  return [Number(minutes ?? 0) === 0 ? whole : exact, exact].find(isZone) ?? "UTC";
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether the clocks of two zones show the same at that moment. */
export const sameClock = (at: string | number | Date, one: string, other: string): boolean =>
  timeText(at, "en", one) === timeText(at, "en", other);

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago or ahead a moment is: "in 3 hours". */
export function relativeText(at: string | number | Date, locale: string, now: number = Date.now()): string {
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
