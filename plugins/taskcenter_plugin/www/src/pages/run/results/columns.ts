import type { ColumnOut } from "src/api/schema";

export type Rows = readonly (readonly (string | null)[])[];
export type Kind = "number" | "time" | "text";

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/** What the values of a column are, whatever its system calls the type: nothing but numbers, nothing but times, or texts. */
export function kindOf(rows: Rows, index: number): Kind {
  const values = rows.map((row) => row[index] ?? null).filter((value) => value !== null);
  if (values.length === 0) return "text";
  if (values.every((value) => numberOf(value) !== null)) return "number";
  return values.every((value) => timeOf(value) !== null) ? "time" : "text";
}

export function numberOf(value: string | null): number | null {
  if (value === null || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A moment in seconds. One without a zone is taken as UTC, and shown as that, so that its text stays what it was. */
export function timeOf(value: string | null): number | null {
  const [, day, time, zone] = TIME.exec(value ?? "") ?? [];
  if (day === undefined) return null;
  const at = Date.parse(`${day}T${time ?? "00:00"}${zone ?? "Z"}`);
  return Number.isNaN(at) ? null : at / 1000;
}

/** The places of the columns that can be drawn. */
export const drawable = (columns: readonly ColumnOut[], rows: Rows): number[] =>
  columns.map((_, index) => index).filter((index) => kindOf(rows, index) === "number");

/** What a chart is drawn along at first: a time, a text, or else the rows in order (-1). */
export function firstAlong(columns: readonly ColumnOut[], rows: Rows): number {
  const kinds = columns.map((_, index) => kindOf(rows, index));
  const time = kinds.indexOf("time");
  return time >= 0 ? time : kinds.indexOf("text");
}

export type Summary = { count: number; least: number; greatest: number; mean: number };

/** What a series amounts to; undefined if it has no value. */
export function summaryOf(values: readonly (number | null)[]): Summary | undefined {
  let [count, sum, least, greatest] = [0, 0, Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    count++;
    sum += value;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return count === 0 ? undefined : { count, least, greatest, mean: sum / count };
}
