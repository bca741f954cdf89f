export type Along = { name: string; values: readonly number[]; kind: "number" | "time" | "text"; texts?: readonly string[]; zone?: string };
export type Series = { name: string; values: readonly (number | null)[] };
export type Shape = "line" | "bars" | "points";

/** What uPlot draws: columns, the first of which ascends. */
export function pointsOf(x: Along, series: readonly Series[]): (number | null)[][] {
  const order = x.values.map((_, index) => index).sort((a, b) => x.values[a]! - x.values[b]!);
  return [order.map((index) => x.values[index]!), ...series.map(({ values }) => order.map((index) => values[index] ?? null))];
}

/** How near the nearest two of ascending values are that differ. */
export function leastGap(values: ArrayLike<number>): number {
  let least = Infinity;
  for (let index = 1; index < values.length; index++) {
    const gap = values[index]! - values[index - 1]!;
    if (gap > 0) least = Math.min(least, gap);
  }
  return Number.isFinite(least) ? least : 1;
}

/** A value on the axis, as text. */
export function textAlong(x: Along, value: number, locale: string, spanSeconds = 0): string {
  if (x.kind === "text") return Number.isInteger(value) ? (x.texts?.[value - 1] ?? "") : "";
  if (x.kind === "number") return value.toLocaleString(locale);
  const zone = x.zone === undefined ? {} : { timeZone: x.zone };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const shown = spanSeconds > 3 * 86_400 ? day : spanSeconds > 86_400 ? { ...day, ...clock } : { ...clock, second: "2-digit" as const };
  return new Intl.DateTimeFormat(locale, { ...shown, ...zone }).format(value * 1000);
}
