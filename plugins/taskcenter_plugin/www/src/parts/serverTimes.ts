import { intlZone } from "./times";

/** A moment as the documented answers write it, "2026-03-05 15:01:02" in the server's zone (`timeZone` of GET /me), as ISO 8601. */
export function isoOf(text: string | null | undefined, zone: string): string | null {
  const fields = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text ?? "")?.slice(1).map(Number);
  if (fields === undefined) return null;
  const [year, month, day, hour, minute, second] = fields as [number, number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // The offset is that of the moment, which is known only when the offset is: the second look is right but for what no clock shows.
  const near = wall - offset(wall, zone);
  return `${new Date(wall - offset(near, zone)).toISOString().slice(0, 19)}Z`;
}

/** What a zone's clock shows at a moment more than UTC's, in milliseconds. */
function offset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: intlZone(zone),
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute"), value("second")) - at;
}
